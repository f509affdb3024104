/** Decimals that an interval lets a reader believe: the last one is of the order of its half width. */
export function decimalsFor(halfWidth: number): number {
  if (!(halfWidth > 0)) return 3
  return Math.min(4, Math.max(2, Math.ceil(-Math.log10(halfWidth / 2))))
}

/** A true minus sign, and never "-0.00". */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals)
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

/** Three significant digits, without an exponent where that is readable. */
export function significant(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1e-3 || size >= 1e5) return value.toExponential(1).replace('e-', 'e−')
  return fixed(value, Math.max(0, 2 - Math.floor(Math.log10(size))))
}

export const percent = (share: number): string => `${fixed(100 * share, 0)} %`

/** `1` or `1–3`. */
export const rankText = (from: number, to: number): string => (from === to ? `${from}` : `${from}–${to}`)

/** `a, b and c`. */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** A name as it stands inside a sentence: `average precision`, but `IoU`. */
export const inSentence = (name: string): string => name.replace(/^[A-Z](?=[a-z]+\b)/, letter => letter.toLowerCase())

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
