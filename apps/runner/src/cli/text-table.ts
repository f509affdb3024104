import { type BenchRecord, escapeControls, methodLabel } from '@vitrine/records/record'
import { clip, widthOf } from './terminal.ts'

export interface Column {
  readonly head: string
  /** Numbers stand on the right, which is where a column stands that does not say it. */
  readonly align?: 'left' | 'right'
  /** A column with such a number is left out where there is no room for all, the largest first. The others always stay. */
  readonly drop?: number
  /** What it is called where it is left out, if the head alone does not tell. */
  readonly name?: string
}

const GAP = 2
/** The first column gives way to the others down to so many signs. */
const LEAST = 12

/**
 * Columns padded to their widest cell below a head. Where they need more room than there is, columns are left out and a last line names them.
 *
 * @param room columns of the terminal; `undefined` for any width
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[], room?: number): string {
  const cells = [columns.map(({ head }) => head), ...rows].map(row =>
    columns.map((_, c) => escapeControls(row[c] ?? '')),
  )
  const widths = columns.map((_, c) => Math.max(...cells.map(row => widthOf(row[c] ?? ''))))
  const kept = new Set(columns.keys())
  const total = () => [...kept].reduce((sum, c) => sum + (widths[c] ?? 0) + GAP, -GAP)
  const least = [...columns.keys()]
    .filter(c => columns[c]?.drop !== undefined)
    .sort((a, b) => (columns[b]?.drop ?? 0) - (columns[a]?.drop ?? 0))
  for (const c of least) if (total() > (room ?? Number.POSITIVE_INFINITY)) kept.delete(c)
  const over = Math.max(0, total() - (room ?? Number.POSITIVE_INFINITY))
  widths[0] = Math.max(Math.min(LEAST, widths[0] ?? 0), (widths[0] ?? 0) - over)
  const line = (row: readonly string[]) => aligned(row, columns, widths, kept)
  const [head = [], ...body] = cells
  const rule = widths.map(width => '-'.repeat(width))
  const gone = columns.filter((_, c) => !kept.has(c)).map(({ head, name = head }) => name)
  return [
    ...[head, rule, ...body].map(line),
    ...(gone.length > 0 ? [`no room for ${gone.join(', ')}: --wide prints all columns`] : []),
  ].join('\n')
}

function aligned(
  row: readonly string[],
  columns: readonly Column[],
  widths: readonly number[],
  kept: ReadonlySet<number>,
): string {
  const cells = [...kept].map(c => {
    const cell = clip(row[c] ?? '', widths[c] ?? 0)
    const space = ' '.repeat((widths[c] ?? 0) - widthOf(cell))
    return columns[c]?.align === 'left' ? `${cell}${space}` : `${space}${cell}`
  })
  return cells.join(' '.repeat(GAP)).trimEnd()
}

/** Rows of words without a head, each column as wide as its widest cell. */
export function alignedRows(rows: readonly (readonly string[])[], gap = GAP): string[] {
  const cells = rows.map(row => row.map(escapeControls))
  const widths = (cells[0] ?? []).map((_, c) => Math.max(...cells.map(row => widthOf(row[c] ?? ''))))
  const padded = (cell: string, c: number) => cell + ' '.repeat((widths[c] ?? 0) - widthOf(cell))
  return cells.map(row => row.map(padded).join(' '.repeat(gap)).trimEnd())
}

/** A number, without the sign of a zero, and a dash for none. */
export const shownNumber = (value: unknown, digits = 3): string =>
  typeof value === 'number' ? value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1') : '-'

/** Its label, controls in brackets. */
export const shownName = (r: BenchRecord): string => (r.method.control ? `(${methodLabel(r)})` : methodLabel(r))
