/** Longest text that a message shows of anything, in UTF-16 units. */
const LONGEST = 1000

/** A text as one line that a terminal can show: line breaks become spaces, other control characters escapes, and a long text ends in "…". */
export function printable(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return short
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .trim()
}

/** What was found, for a message: short, whatever it is. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 81)) : String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** The first line of what went wrong. */
export const problemOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trimStart().split('\n')[0] ?? ''

/** Names for a message, the first few of many. */
export const shortList = (names: readonly string[]): string =>
  names.length === 0 ? 'nothing' : `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`
