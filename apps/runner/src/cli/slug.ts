/** Longest part of a file name that is made of a name, in signs: file systems take names of 255 bytes. */
const LONGEST = 60

/**
 * A name as a part of a file name: letters of any script, digits, `.`, `_` and `-`.
 *
 * @example
 * slug('tench, Tinca tinca')                       // 'tench-Tinca-tinca'
 */
export function slug(name: string): string {
  const words = name.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
  const short = [...words].slice(0, LONGEST).join('')
  return short.replace(/^[-.]+|[-.]+$/g, '') || 'unnamed'
}

/**
 * The slug of each name. If two would share one, also where file systems do not tell capitals from small letters, all have their positions in
 * front, so that one never overwrites the file of another.
 */
export function distinctSlugs(names: readonly string[]): string[] {
  const slugs = names.map(slug)
  const distinct = new Set(slugs.map(one => one.toLowerCase())).size === slugs.length
  return distinct ? slugs : slugs.map((one, i) => `${i}-${one}`)
}
