import { type CellView, cellsOf, emptyCell, plainCells, sparkPath } from '../../shared/column.ts'
import type { Measure } from '../load/measures.ts'
import { once } from '../load/once.ts'
import type { Entry } from '../load/records.ts'
import { type Method, methodOf } from '../words/methods.ts'
import { type Board, firstMeasures, leadMeasure } from './boards.ts'
import { agreements, costs } from './plain.ts'
import { standingsOf } from './standings.ts'

/** A column of the board's table. */
export interface Column {
  readonly key: string
  readonly group: string
  readonly name: string
  readonly title: string
  readonly direction: 'higher' | 'lower'
  readonly measure: Measure | null
  readonly cells: ReadonlyMap<string, CellView>
}

export interface Row {
  readonly entry: Entry
  readonly method: Method
  readonly cells: readonly (CellView & { readonly spark: string | null })[]
}

export interface BoardView {
  readonly columns: readonly Column[]
  /** Best first by `sorted`. */
  readonly rows: readonly Row[]
  readonly sorted: string
}

const groupNames: Readonly<Record<string, string>> = {
  texture: 'Follows texture',
  diffusion: 'Spreads out',
  frozen: 'Stays the same',
  discrimination: 'Tells classes apart',
}

/** What a family of metrics is called above its columns. */
export const groupName = (family: string): string =>
  groupNames[family] ?? family.replaceAll('-', ' ').replace(/^./, letter => letter.toUpperCase())

/** The board's table as it is shown first. */
export const viewOf = once(makeView)

async function makeView(board: Board): Promise<BoardView> {
  const standings = await standingsOf(board)
  const measures = firstMeasures(board).map((measure): Column => {
    const { metric } = measure
    return {
      key: measure.key,
      group: groupName(metric.group),
      name: metric.name,
      title: `${metric.formula}; ${metric.direction} is better`,
      direction: metric.direction,
      measure,
      cells: cellsOf(standings.get(measure.key)?.values() ?? [], metric),
    }
  })
  const plain = [...costs, ...agreements].flatMap((plain): Column[] => {
    const values = new Map(board.done.map(entry => [entry.slug, plain.value(entry)]))
    if ([...values.values()].every(v => v === null)) return []
    const { id, group, name, title, direction } = plain
    return [
      {
        key: `${group.toLowerCase()}.${id}`,
        group,
        name,
        title,
        direction,
        measure: null,
        cells: plainCells(values, plain),
      },
    ]
  })
  const columns = [...measures, ...plain]
  const sorted = leadMeasure(board)?.key ?? columns[0]?.key ?? ''
  const lead = columns.find(column => column.key === sorted)
  const sign = lead?.direction === 'lower' ? 1 : -1
  const score = (entry: Entry) => lead?.cells.get(entry.slug)?.value ?? -sign * Number.NEGATIVE_INFINITY
  const order = board.entries.toSorted((a, b) => sign * (score(a) - score(b)) || (a.row < b.row ? -1 : 1))
  return { columns, sorted, rows: order.map(entry => rowOf(board, entry, columns)) }
}

function rowOf(board: Board, entry: Entry, columns: readonly Column[]): Row {
  const empty =
    entry.status === 'ok'
      ? emptyCell('none', 'Not measured')
      : emptyCell(entry.status, `${entry.status}: ${entry.reason}`)
  return {
    entry,
    method: methodOf(entry),
    cells: columns.map(column => {
      const cell = column.cells.get(entry.slug) ?? empty
      const curve = column.measure?.perThreshold ? entry.summary[column.key] : undefined
      const spark =
        Array.isArray(curve) && board.thresholds.length > 2 && column.measure
          ? sparkPath(curve.map(Number), column.measure.metric.range)
          : null
      return { ...cell, spark }
    }),
  }
}

/** The best control by a column; what does not beat it explains nothing. */
export function bestControl(rows: readonly Row[], { cells, direction }: Column): Row | undefined {
  const sign = direction === 'higher' ? -1 : 1
  const value = ({ entry }: Row) => cells.get(entry.slug)?.value ?? null
  return rows
    .filter(row => row.method.control && !row.entry.ceiling && value(row) !== null)
    .toSorted((a, b) => sign * ((value(a) ?? 0) - (value(b) ?? 0)))[0]
}
