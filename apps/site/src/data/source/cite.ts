import type { Source } from './source.ts'

/** A page as a citation names it. */
export interface Cited {
  readonly title: string
  /** Its path below the site's root. */
  readonly path: string
  /** The hash of the numbers that it shows; empty for a page without numbers. */
  readonly numbers: string
}

/** BibTeX's own signs in a title. */
const plain = (text: string): string => text.replaceAll(/[\\{}%$&#_~^]/g, sign => `\\${sign}`)

/** A BibTeX entry of a page. The address is left out where it is not known; the page's script adds it. */
export function bibtex({ title, path, numbers }: Cited, { version, commit, date, address }: Source): string {
  const [year, month] = date?.split('-') ?? []
  const note = [
    `version ${version}`,
    ...(commit === null ? [] : [`commit ${commit}`]),
    ...(numbers === '' ? [] : [`numbers ${numbers}`]),
  ].join(', ')
  const fields = [
    ['title', `{Vitrine: ${plain(title)}}`],
    ['author', '{{The Vitrine authors}}'],
    ...(year === undefined ? [] : [['year', `{${year}}`]]),
    ...(month === undefined ? [] : [['month', `{${Number(month)}}`]]),
    ...(address === null ? [] : [['url', `{${permalink(address, path, numbers)}}`]]),
    ['note', `{${note}}`],
  ]
  const key = `vitrine${year ?? ''}${numbers === '' ? '' : `-${numbers}`}`
  return `@misc{${key},\n${fields.map(([name, value]) => `  ${name} = ${value},\n`).join('')}}`
}

/** A page's address with the hash of its numbers, by which a later reader sees whether they have changed. */
export const permalink = (address: string, path: string, numbers: string): string =>
  `${address}${path === 'index.html' ? '' : path}${numbers === '' ? '' : `?v=${numbers}`}`
