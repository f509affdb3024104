import { type BenchRecord, methodLabel } from '@vitrine/records/record'

export type Align = 'left' | 'right'

/** Columns padded to their widest cell; the first row is the head. */
export function textTable(rows: readonly (readonly string[])[], align: readonly Align[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map(row => row[c]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (align[c] === 'left' ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = rows
  return [line(head), widths.map(w => '-'.repeat(w)).join('  '), ...body.map(line)].join('\n')
}

/** A number, without the sign of a zero, and a dash for none. */
export const shownNumber = (value: unknown, digits = 3): string =>
  typeof value === 'number' ? value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1') : '-'

/** Its label, controls in brackets. */
export const shownName = (r: BenchRecord): string => (r.method.control ? `(${methodLabel(r)})` : methodLabel(r))
