import { printable } from '@vitrine/records/record'
import stringWidth from 'string-width'

/** The columns of the terminal that a stream goes to. `undefined` for a file or a pipe: a program reads there, and lines have any length. */
export const columnsOf = ({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number | undefined =>
  isTTY === true ? columns || 80 : undefined

/** The columns that a text takes on a terminal: two for a wide sign, none for a combining one. */
export const widthOf = (text: string): number => stringWidth(text)

const graphemes = new Intl.Segmenter()

/** The start of a line, with an ellipsis if it takes more columns than there are. */
export function clip(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line
  let [start, width] = ['', 0]
  for (const { segment } of graphemes.segment(line)) {
    width += widthOf(segment)
    if (width > columns - 1) break
    start += segment
  }
  return `${start}…`
}

/** Lines of at most so many columns, broken at spaces; what follows is indented by two more than its line. A longer word stays whole. */
export function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .map(line => (widthOf(line) <= columns ? line : wrapLine(line, columns)))
    .join('\n')
}

function wrapLine(line: string, columns: number): string {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  for (const word of line.trim().split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(`${last} ${word}`) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(last === undefined ? `${indent}${word}` : `${indent}  ${word}`)
  }
  return lines.join('\n')
}

/** A text for people on a stream: control characters are spelled out, and on a terminal long lines are broken at spaces. */
export const shownOn = (text: string, columns: number | undefined): string =>
  columns === undefined ? printable(text) : wrap(printable(text), columns)

/** Prints results on stdout. `exact` keeps the lines as they are: tables of any width, and paths that are to be copied. */
export function print(text: string, { exact = false }: { readonly exact?: boolean } = {}): void {
  clearStatus()
  process.stdout.write(`${shownOn(text, exact ? undefined : columnsOf(process.stdout))}\n`)
}

/** A value as JSON whose control characters are escapes. */
function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent)
  const acting = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g
  return text.replace(acting, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Prints a value as one line of JSON on stdout, or as several with an indent. */
export function printJson(value: unknown, indent?: number): void {
  process.stdout.write(`${jsonText(value, indent)}\n`)
}

let toldAsJson = false

/** From here on, whatever is told on stderr is a line of JSON each, for a program that reads it. */
export function tellAsJson(): void {
  toldAsJson = true
}

/** What is told with `tellAsJson`, as one object with a name. @returns false where people read */
export function tellEvent(name: string, value: unknown): boolean {
  if (toldAsJson) process.stderr.write(`${jsonText({ [name]: value })}\n`)
  return toldAsJson
}

/** Tells something on stderr, above a line of progress if there is one. */
export function tell(text: string): void {
  if (tellEvent('note', text)) return
  clearStatus()
  process.stderr.write(`${shownOn(text, columnsOf(process.stderr))}\n`)
}

let statusIsShown = false

/**
 * Shows a line on stderr that the next one takes the place of. It never fills the last column: some terminals go on to the next line there, and
 * each rewriting would leave a line behind.
 *
 * @param choices the same in more and in fewer words; the first that fits is shown
 */
export function showStatus(choices: readonly string[]): void {
  const room = (columnsOf(process.stderr) ?? Number.POSITIVE_INFINITY) - 1
  const lines = choices.map(line => printable(line))
  const line = lines.find(choice => widthOf(choice) <= room) ?? lines.at(-1) ?? ''
  process.stderr.write(`\r\u001b[2K${clip(line, room)}`)
  statusIsShown = true
}

export function clearStatus(): void {
  if (statusIsShown) process.stderr.write('\r\u001b[2K')
  statusIsShown = false
}
