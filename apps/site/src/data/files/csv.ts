import type { BenchRecord, Json } from '@vitrine/records'

/** Per-image values as a table: lists become one column per position, maps stay in the JSON file. */
export function recordCsv({ images, columns, thresholds }: BenchRecord): string {
  const plain = Object.entries(columns).filter(([name]) => !name.startsWith('map.'))
  const table: [name: string, cells: readonly Json[]][] = [
    ...Object.entries(images),
    ...plain.flatMap(([name, cells]): [string, readonly Json[]][] => {
      const length = Math.max(0, ...cells.map(cell => (Array.isArray(cell) ? cell.length : 0)))
      if (length === 0) return [[name, cells]]
      const heads = Array.from({ length }, (_, i) => (length === thresholds.length ? `@${thresholds[i]}` : `#${i}`))
      return heads.map((head, i) => [
        `${name}${head}`,
        cells.map(cell => (Array.isArray(cell) ? (cell[i] ?? null) : null)),
      ])
    }),
  ]
  return csvOf(table, images.index.length)
}

/** A table as text, from its columns. */
export function csvOf(table: readonly (readonly [name: string, cells: readonly Json[]])[], rows: number): string {
  const body = Array.from({ length: rows }, (_, i) => table.map(([, cells]) => cells[i] ?? null))
  return `${[table.map(([name]) => name), ...body].map(line => line.map(field).join(',')).join('\r\n')}\r\n`
}

/** RFC 4180: what holds a comma, a quote or a line break is quoted. */
function field(value: Json): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
