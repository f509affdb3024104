import { wholeRecord } from '../load/whole-record.ts'
import type { BoardColumns } from './board-json.ts'

/** The columns of one family and class that some records have. */
export interface Wanted {
  /** `family.target` */
  readonly name: string
  readonly board: Omit<BoardColumns, 'rows'>
  readonly records: readonly { readonly slug: string; readonly file: string }[]
}

/** `BoardColumns` as JSON. */
export default ({ name, board, records }: Wanted): string => {
  const rows = records.map(({ slug, file }) => {
    const wanted = Object.entries(wholeRecord(file).columns).filter(
      ([column]) => column === 'correct' || column.startsWith(`${name}.`),
    )
    return [slug, Object.fromEntries(wanted)]
  })
  const found: BoardColumns = { ...board, rows: Object.fromEntries(rows) }
  return JSON.stringify(found)
}
