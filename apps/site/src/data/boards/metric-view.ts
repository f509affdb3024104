import { kendall, type MetricId, ranks } from '@vitrine/metrics'
import { type Measure, measuresFor } from '../load/measures.ts'
import { once } from '../load/once.ts'
import type { Entry } from '../load/records.ts'
import { type Board, firstTarget } from './boards.ts'
import { distinctMeasures, rankingMeasures, sayTheSame, scoresOf, tauOf } from './rankings.ts'

/** The board on which a metric is shown, and the measure of it there. */
export interface Place {
  readonly board: Board
  readonly measure: Measure
}

/** Where a metric is shown: on the front page's board, or the one nearest to it, of the same model and engine first, that has it of the most images. */
export function placeOf(id: MetricId, boards: readonly Board[], front: Board): Place | null {
  const near = ({ setting }: Board) =>
    (['model', 'engine', 'protocol'] as const).filter(key => setting[key] === front.setting[key]).length
  const found = boards.flatMap(board => {
    const mine = measuresFor(board.measures, firstTarget(board)).filter(({ metric }) => metric.id === id)
    const [measure] = mine.toSorted((a, b) => Number(b.best) - Number(a.best))
    return measure ? [{ board, measure }] : []
  })
  const size = ({ board }: Place) => board.images.index.length * board.done.length
  return (
    found.toSorted(
      (a, b) =>
        Number(b.board === front) - Number(a.board === front) || near(b.board) - near(a.board) || size(b) - size(a),
    )[0] ?? null
  )
}

/** Another measure, and how alike both rank the methods. */
export interface Agreeing {
  readonly measure: Measure
  readonly tau: number
}

/** How a measure of a board agrees with the others that rank, those that agree most first. */
export function agreeing({ board, measure }: Place): Agreeing[] {
  const own = scoresOf(board, measure)
  return rankingMeasures(board)
    .filter(other => other.metric.id !== measure.metric.id)
    .flatMap(other => {
      const tau = tauOf(own, scoresOf(board, other))
      return tau === null ? [] : [{ measure: other, tau }]
    })
    .sort((a, b) => b.tau - a.tau)
}

/** A method that a metric ranks otherwise than the others do, on one image. */
export interface Disputed {
  readonly entry: Entry
  /** Its rank by the metric, and in the mean of the other metrics' ranks. */
  readonly rank: number
  readonly others: number
}

/** An image on which a metric ranks methods otherwise than the other metrics do. */
export interface Dispute {
  readonly image: number
  /** Kendall's tau-b of its ranking of the methods with the mean rank of the others. */
  readonly tau: number
  /** The methods that it puts farthest above, and farthest below, where the others have them. */
  readonly raised: Disputed
  readonly lowered: Disputed
}

/** Images that a page shows. */
const DISPUTES = 4

/** Of fewer methods a tau says little. */
const FEWEST = 5

/** The images on which a measure disagrees most with the others of its board, the most first. */
export function disputesOf({ board, measure }: Place): Dispute[] {
  const others = distinctMeasures(board).filter(other => !sayTheSame(board, measure, other))
  const methods = board.done.filter(({ method }) => !method.control)
  const found = board.images.index.flatMap((_, image): Dispute[] => {
    const here = ranksOn(board, measure).get(image)
    const rows = methods.flatMap(entry => {
      const rank = here?.get(entry.slug)
      const elsewhere = others.flatMap(other => ranksOn(board, other).get(image)?.get(entry.slug) ?? [])
      if (rank === undefined || elsewhere.length === 0) return []
      return [{ entry, rank, others: elsewhere.reduce((a, b) => a + b, 0) / elsewhere.length }]
    })
    const tau = kendall(
      rows.map(row => row.rank),
      rows.map(row => row.others),
    )
    const byGap = rows.toSorted((a, b) => b.others - b.rank - (a.others - a.rank))
    const [raised, lowered] = [byGap[0], byGap.at(-1)]
    return tau === null || rows.length < FEWEST || !raised || !lowered ? [] : [{ image, tau, raised, lowered }]
  })
  return found.sort((a, b) => a.tau - b.tau).slice(0, DISPUTES)
}

/** By image, then by the row's slug: its place among the methods there, 1 for the best; equal ones share the mean of theirs. */
type ImageRanks = ReadonlyMap<number, ReadonlyMap<string, number>>

const known = once((_: Board) => new Map<string, ImageRanks>())

function ranksOn(board: Board, { key, metric }: Measure): ImageRanks {
  const ofBoard = known(board)
  const found = ofBoard.get(key) ?? imageRanks(board, key, metric.direction === 'higher' ? -1 : 1)
  ofBoard.set(key, found)
  return found
}

function imageRanks(board: Board, key: string, sign: 1 | -1): ImageRanks {
  const methods = board.done.filter(({ method }) => !method.control)
  return new Map(
    board.images.index.map((_, image) => {
      const there = methods.flatMap(({ slug, values }) => {
        const value = values.get(key)?.[image] ?? null
        return value === null ? [] : [{ slug, score: sign * value }]
      })
      const places = ranks(there.map(({ score }) => score))
      return [image, new Map(there.map(({ slug }, i) => [slug, places[i] ?? Number.NaN]))]
    }),
  )
}
