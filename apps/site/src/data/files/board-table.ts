import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Board } from '../boards/boards.ts'
import { costs } from '../boards/plain.ts'
import { type BoardStandings, standingsOf } from '../boards/standings.ts'
import { once } from '../load/once.ts'
import type { Entry } from '../load/records.ts'
import { csvOf } from './csv.ts'

type Cell = string | number | boolean | null

/** One number of one row of a board. */
interface Line {
  readonly board: string
  readonly method: string
  readonly name: string
  readonly family: string
  readonly control: boolean
  readonly told_the_truth: boolean
  readonly class_specific: boolean
  readonly options: string
  readonly status: string
  readonly measure: string
  readonly target: string
  readonly threshold: number | null
  readonly better: string
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly images: number | null
  readonly rank: number | null
  readonly rank_low: number | null
  readonly rank_high: number | null
  readonly record: string
}

/** How a column is called and what it holds, in the order in which it is written. */
const columns: { readonly [Name in keyof Line]: 'STRING' | 'BOOLEAN' | 'DOUBLE' | 'INT32' } = {
  board: 'STRING',
  method: 'STRING',
  name: 'STRING',
  family: 'STRING',
  control: 'BOOLEAN',
  told_the_truth: 'BOOLEAN',
  class_specific: 'BOOLEAN',
  options: 'STRING',
  status: 'STRING',
  measure: 'STRING',
  target: 'STRING',
  threshold: 'DOUBLE',
  better: 'STRING',
  value: 'DOUBLE',
  low: 'DOUBLE',
  high: 'DOUBLE',
  images: 'INT32',
  rank: 'INT32',
  rank_low: 'INT32',
  rank_high: 'INT32',
  record: 'STRING',
}
const names = Object.keys(columns) as (keyof Line)[]

/** A whole board as a table: each number of each row with its interval, and its rank where the board shows one. */
const linesOf = once(async (board: Board): Promise<Line[]> => {
  const standings = await standingsOf(board)
  return board.entries.flatMap(entry => {
    const row = { ...nothing, ...aboutOf(board, entry) }
    const measured = entry.measures.flatMap(({ key, metric, target, perThreshold, best }): Line[] => {
      const line = { ...row, measure: best ? `${metric.id}@best` : metric.id, target, better: metric.direction }
      const rank = rankOf(standings, key, entry)
      if (best) return [{ ...line, ...rank }]
      const [values, intervals] = [[entry.summary[key]].flat(), [entry.intervals[key]].flat(1)]
      return values.map((value, i) => ({
        ...line,
        threshold: perThreshold ? (board.thresholds[i] ?? null) : null,
        value: numberOf(value),
        ...endsOf(perThreshold ? intervals[i] : intervals),
        // Ranks are of the threshold that the board shows first.
        ...((!perThreshold || i === board.at) && rank),
      }))
    })
    const cost = costs.flatMap(({ id, direction, value }): Line[] => {
      const found = value(entry)
      return found === null ? [] : [{ ...row, measure: `cost-${id}`, better: direction, value: numberOf(found) }]
    })
    return measured.length + cost.length === 0 ? [row] : [...measured, ...cost]
  })
})

/** With as many digits as the values that records store. */
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? Number(value.toPrecision(6)) : null)

function endsOf(interval: unknown): { low: number | null; high: number | null } {
  const [low, high] = Array.isArray(interval) ? interval : []
  return { low: numberOf(low), high: numberOf(high) }
}

const aboutOf = ({ path }: Board, { method, row, ceiling, status, slug }: Entry) => ({
  board: path,
  method: method.id,
  name: method.name,
  family: method.family,
  control: method.control,
  told_the_truth: ceiling,
  class_specific: method.classSpecific,
  options: row.slice(method.id.length),
  status,
  record: slug,
})

const nothing = {
  measure: '',
  target: '',
  threshold: null,
  better: '',
  value: null,
  low: null,
  high: null,
  images: null,
  rank: null,
  rank_low: null,
  rank_high: null,
}

/** What the board shows first of a measure. */
function rankOf(standings: BoardStandings, key: string, { slug }: Entry) {
  const found = standings.get(key)?.get(slug)
  if (!found) return {}
  const { mean, interval, images, rank, ranks } = found
  const [rank_low = null, rank_high = null] = ranks ?? []
  return { value: numberOf(mean), ...endsOf(interval), images, rank, rank_low, rank_high }
}

export async function boardCsv(board: Board): Promise<string> {
  const lines = await linesOf(board)
  return csvOf(
    names.map(name => [name, lines.map((line): Cell => line[name])]),
    lines.length,
  )
}

export async function boardParquet(board: Board): Promise<Uint8Array> {
  const lines = await linesOf(board)
  const buffer = parquetWriteBuffer({
    columnData: names.map(name => ({ name, type: columns[name], data: lines.map(line => line[name]), nullable: true })),
    kvMetadata: [{ key: 'vitrine', value: JSON.stringify({ ...board.setting, numbers: board.numbers }) }],
  })
  return new Uint8Array(buffer)
}
