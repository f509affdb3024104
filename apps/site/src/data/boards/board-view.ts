import type { MetricGroup } from '@vitrine/metrics'
import { type CellView, type ColumnFacts, cellsOf, emptyCell, plainCells, shownMetric } from '../../shared/column.ts'
import { type Forest, forest } from '../../shared/forest.ts'
import { list, rankText } from '../../shared/format.ts'
import { roles } from '../../shared/roles.ts'
import { type Measure, measureName } from '../load/measures.ts'
import { once } from '../load/once.ts'
import type { Entry } from '../load/records.ts'
import { type Method, methodOf } from '../words/methods.ts'
import { type Board, firstMeasures, leadMeasure, shownFirst } from './boards.ts'
import { leftOutOf } from './left-out.ts'
import { agreements, costs } from './plain.ts'
import { type RanksHeld, ranksOver } from './ranks-over.ts'
import { resolutionOf } from './resolution.ts'
import { standingsOf } from './standings.ts'

/** A column of the board's table. */
export interface Column {
  readonly key: string
  readonly group: string
  readonly name: string
  readonly title: string
  readonly direction: 'higher' | 'lower'
  readonly measure: Measure | null
  /** Whether more of it is better; what is not is description, which ranks nothing. */
  readonly merit: boolean
  /** Whether it is shown before a reader opens its group. */
  readonly first: boolean
  readonly cells: ReadonlyMap<string, CellView>
}

export interface BoardRow {
  readonly entry: Entry
  readonly method: Method
  /** Rows of one band are not told apart from its best one; `null` for controls and rows without a value. */
  readonly band: number | null
  readonly cells: readonly CellView[]
}

export interface BoardView {
  readonly columns: readonly Column[]
  /** Best first by `sorted`. */
  readonly rows: readonly BoardRow[]
  readonly sorted: string
}

const groupNames: { readonly [G in MetricGroup]: string } = {
  localization: 'Points at the object',
  pointing: 'Points at the object',
  faithfulness: 'Changes the answer',
  texture: 'Follows texture',
  diffusion: 'Spreads out',
  frozen: 'Stays the same',
  discrimination: 'Tells classes apart',
  effects: 'Knows what removal does',
  objects: 'Knows what removal does',
  coherence: 'Knows what removal does',
  benchmarks: 'Points at the object',
  complexity: 'Spreads out',
}

/** What a family of metrics is called above its columns. */
export const groupName = (group: MetricGroup): string => groupNames[group]

/** The board's table as it is shown first. */
export const viewOf = once(makeView)

async function makeView(board: Board): Promise<BoardView> {
  const standings = await standingsOf(board)
  const leftOut = await leftOutOf(board)
  const resolution = await resolutionOf(board)
  const names = new Map(board.done.map(entry => [entry.slug, methodOf(entry).name]))
  const facts: Omit<ColumnFacts, 'leftOut'> = {
    toldTruth: new Set(board.done.filter(entry => entry.ceiling).map(entry => entry.slug)),
    passes: new Map(board.done.map(({ slug, cost }) => [slug, Math.round(cost.relativeFlops ?? 0)])),
    nameOf: id => names.get(id) ?? id,
  }
  const order = firstMeasures(board)
  const first = new Set(shownFirst(order))
  const measures = order.map((measure): Column => {
    const { metric, key } = measure
    const { merit } = roles[metric.id]
    return {
      key,
      group: groupName(metric.group),
      name: measure.best ? `${metric.name}, own threshold` : metric.name,
      title: `${measureName(measure)}: ${metric.formula}; ${merit ? `${metric.direction} is better` : 'a description, which ranks nothing: flat maps win it'}`,
      direction: metric.direction,
      measure,
      merit,
      first: first.has(measure),
      cells: cellsOf(standings.get(key)?.values() ?? [], shownMetric(metric), {
        ...facts,
        leftOut: leftOut.get(key) ?? new Map(),
      }),
    }
  })
  const held = ranksOver(board, standings)
  const plain = [...costs, ...agreements].flatMap((plain): Column[] => {
    const rows = board.done.map(entry => {
      const value = plain.group === 'Cost' && entry.ceiling ? null : plain.value(entry)
      return [entry.slug, { value, text: value === null ? '' : plain.text(entry, value) }] as const
    })
    if (rows.every(([, { value }]) => value === null)) return []
    const { id, group, name, title, direction } = plain
    const key = `${group.toLowerCase()}.${id}`
    return [
      {
        key,
        group,
        name,
        title,
        direction,
        measure: null,
        merit: true,
        first: key === 'cost.passes',
        cells: new Map([...plainCells(new Map(rows), direction), ...(plain.group === 'Cost' ? toldTruth(board) : [])]),
      },
    ]
  })
  // Columns of a group stand together; the groups in the order of their first columns.
  const all = [...measures, ...plain, ...(held ? [ranksColumn(board, held)] : []), profileColumn]
  const columns = [...Map.groupBy(all, column => column.group).values()].flat()
  const sorted = leadMeasure(board)?.key ?? columns[0]?.key ?? ''
  const lead = columns.find(column => column.key === sorted)
  const sign = lead?.direction === 'lower' ? 1 : -1
  const score = (entry: Entry) => lead?.cells.get(entry.slug)?.value ?? -sign * Number.NEGATIVE_INFINITY
  const ranked = board.entries.toSorted((a, b) => sign * (score(a) - score(b)) || (a.row < b.row ? -1 : 1))
  return {
    columns,
    sorted,
    rows: ranked.map(entry => rowOf(entry, columns, resolution?.bands.get(entry.slug) ?? null)),
  }
}

/** Best and worst rank of each row over the measures, sorted by the median. */
function ranksColumn(board: Board, { measures, rows }: RanksHeld): Column {
  const texts = new Map(
    board.done.map(({ slug }) => {
      const found = rows.get(slug)
      return [slug, { value: found?.median ?? null, text: found ? rankText(found.best, found.worst) : '' }] as const
    }),
  )
  return {
    key: 'ranks.ranks-held',
    group: 'All measures',
    name: 'Ranks held',
    title: `Best and worst rank of a row over ${measures.length} measures as they are first shown, sorted by the median: ${list(measures)}`,
    direction: 'lower',
    measure: null,
    merit: true,
    first: true,
    cells: new Map([...plainCells(texts, 'lower'), ...toldTruth(board)]),
  }
}

/** Filled by the page's script, from the weights that a reader sets. */
const profileColumn: Column = {
  key: 'profile.profile',
  group: 'Your weights',
  name: 'Your mean',
  title:
    'Weighted mean of the measures that you weigh, each from 0, the best control, to 1, told the truth or the best method',
  direction: 'higher',
  measure: null,
  merit: true,
  first: false,
  cells: new Map(),
}

function rowOf(entry: Entry, columns: readonly Column[], band: number | null): BoardRow {
  const empty =
    entry.status === 'ok'
      ? emptyCell('none', 'Not measured')
      : emptyCell(entry.status, `${entry.status}: ${entry.reason}`)
  return {
    entry,
    method: methodOf(entry),
    band,
    cells: columns.map(
      column => column.cells.get(entry.slug) ?? (column === profileColumn ? emptyCell('', '') : empty),
    ),
  }
}

/** The row that is told the truth runs nothing of the model and competes with nobody: it has no cost and no rank. */
const toldTruth = (board: Board): [string, CellView][] =>
  board.done.flatMap(({ slug, ceiling }) =>
    ceiling ? [[slug, emptyCell('', 'Told the truth: it runs nothing of the model, and is in no ranking')]] : [],
  )

/** The best control by a column. */
export function bestControl(rows: readonly BoardRow[], { cells, direction }: Column): BoardRow | undefined {
  const sign = direction === 'higher' ? -1 : 1
  const value = ({ entry }: BoardRow) => cells.get(entry.slug)?.value ?? null
  return rows
    .filter(row => row.method.control && !row.entry.ceiling && value(row) !== null)
    .toSorted((a, b) => sign * ((value(a) ?? 0) - (value(b) ?? 0)))[0]
}

/** The intervals of a column for a picture; `null` for one without intervals. */
export function forestOf(rows: readonly BoardRow[], column: Column): Forest | null {
  const cells = [...column.cells].flatMap(([id, { value, interval }]) =>
    value !== null && interval ? [{ id, value, interval }] : [],
  )
  const control = bestControl(rows, column)?.entry.slug
  return forest(
    cells,
    cells.find(({ id }) => id === control),
    column.direction,
  )
}
