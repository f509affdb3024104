import { groupTitles, type RankRange } from '@vitrine/metrics'
import { type CellView, type ColumnFacts, cellsOf, emptyCell, plainCells } from '../../shared/column.ts'
import { type Forest, forest } from '../../shared/forest.ts'
import { fixed, list, rankText } from '../../shared/format.ts'
import { loadSite } from '../load/index.ts'
import { type Measure, measureName } from '../load/measures.ts'
import { once } from '../load/once.ts'
import type { Entry } from '../load/records.ts'
import { type Method, methodOf } from '../words/methods.ts'
import { type Board, firstMeasures, leadMeasure, shownFirst } from './boards.ts'
import { leftOutOf } from './left-out.ts'
import { agreements, costs } from './plain.ts'
import { type RanksHeld, ranksOverMeasures, ranksOverSettings } from './rankings.ts'
import { resolutionOf } from './resolution.ts'
import { standingsOf } from './standings.ts'
import { type MeasureWorth, worthOfMeasures } from './worth.ts'

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
  /** Whether the page comes without its numbers, which its script computes when a reader opens the column. */
  readonly later: boolean
  /** What the measure is worth; `null` for what ranks nothing, and for numbers without a value per image. */
  readonly worth: MeasureWorth | null
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

/** The board's table as it is shown first. */
export const viewOf = once(makeView)

async function makeView(board: Board): Promise<BoardView> {
  const standings = await standingsOf(board)
  const leftOut = await leftOutOf(board)
  const resolution = await resolutionOf(board)
  const worths = await worthOfMeasures(board)
  const { boards } = await loadSite()
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
    const { merit } = metric
    return {
      key,
      group: groupTitles[metric.group],
      name: measure.best ? `${metric.name}, own threshold` : metric.name,
      title: `${measureName(measure)}: ${metric.formula}; ${merit ? `${metric.direction} is better` : 'a description, which ranks nothing: flat maps win it'}`,
      direction: metric.direction,
      measure,
      merit,
      first: first.has(measure),
      later: !first.has(measure),
      worth: worths.get(key) ?? null,
      cells: cellsOf(standings.get(key)?.values() ?? [], metric, {
        ...facts,
        leftOut: leftOut.get(key) ?? new Map(),
      }),
    }
  })
  const held = ranksOverMeasures(board)
  const settings = ranksOverSettings(board, boards)
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
        later: false,
        worth: null,
        cells: new Map([...plainCells(new Map(rows), direction), ...(plain.group === 'Cost' ? toldTruth(board) : [])]),
      },
    ]
  })
  // Columns of a group stand together; the groups in the order of their first columns.
  const all = [...measures, ...plain, ...(held ? rankColumns(board, held, settings) : []), profileColumn]
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

/** What becomes of the ranks of the methods over the measures of a board, and over the settings of its first one. */
function rankColumns(board: Board, measures: RanksHeld, settings: RanksHeld | null): Column[] {
  const over = `${measures.names.length} measures as they are first shown: ${list(measures.names)}`
  return [
    rankColumn(board, measures, {
      key: 'ranks.ranks-held',
      name: 'Ranks held',
      title: `Best and worst rank among the methods over ${over}; sorted by the median`,
      direction: 'lower',
      first: true,
      value: range => range.median,
      text: range => rankText(range.best, range.worst),
    }),
    rankColumn(board, measures, {
      key: 'ranks.reciprocal',
      name: 'Mean reciprocal rank',
      title: `Mean of 1 / rank, 1 for a method that is always first, over ${over}`,
      direction: 'higher',
      first: false,
      value: range => range.reciprocal,
      text: range => fixed(range.reciprocal, 2),
    }),
    ...(settings
      ? [
          rankColumn(board, settings, {
            key: 'ranks.over-settings',
            name: 'Ranks elsewhere',
            title: `Best and worst rank by the first measure in ${settings.names.length} settings; sorted by the median: ${settings.names.join('; ')}`,
            direction: 'lower',
            first: false,
            value: range => range.median,
            text: range => rankText(range.best, range.worst),
          }),
        ]
      : []),
  ]
}

interface RankColumn extends Pick<Column, 'key' | 'name' | 'title' | 'direction' | 'first'> {
  value(range: RankRange): number
  text(range: RankRange): string
}

function rankColumn(board: Board, { rows }: RanksHeld, { value, text, ...column }: RankColumn): Column {
  const texts = new Map(
    board.done.map(({ slug, row }) => {
      const found = rows.get(row)
      return [slug, { value: found ? value(found) : null, text: found ? text(found) : '' }] as const
    }),
  )
  const controls = board.done.flatMap(({ slug, method, ceiling }): [string, CellView][] =>
    method.control && !ceiling ? [[slug, emptyCell('', 'A control: the ranks are those of methods')]] : [],
  )
  return {
    ...column,
    group: 'All measures',
    measure: null,
    merit: true,
    worth: null,
    later: false,
    cells: new Map([...plainCells(texts, column.direction), ...controls, ...toldTruth(board)]),
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
  later: false,
  worth: null,
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
