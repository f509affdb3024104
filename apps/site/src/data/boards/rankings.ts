import { kendall, pearson, type RankRange, rankRange, type Target } from '@vitrine/metrics'
import { inSentence } from '../../shared/format.ts'
import { meanOfValues } from '../../shared/mean.ts'
import { type Measure, measureName } from '../load/measures.ts'
import { once } from '../load/once.ts'
import { ZERO } from '../words/removal.ts'
import { type Board, firstMeasures, leadMeasure, shortKey } from './boards.ts'

/** Methods by their rows, each with its mean; more is better. Controls are no methods. */
export type Scores = ReadonlyMap<string, number>

/** How a measure scores the methods of a board. */
export function scoresOf(board: Board, { key, metric }: Measure): Scores {
  const sign = metric.direction === 'higher' ? 1 : -1
  return new Map(
    board.done.flatMap(({ row, method, values }) => {
      const mean = method.control ? null : meanOfValues(values.get(key) ?? [])
      return mean === null ? [] : [[row, sign * mean] as const]
    }),
  )
}

/** Kendall's tau-b of two rankings, over the methods that both rank; `null` where they order none. */
export function tauOf(first: Scores, second: Scores): number | null {
  const shared = [...first.keys()].filter(row => second.has(row))
  return kendall(
    shared.map(row => first.get(row) ?? 0),
    shared.map(row => second.get(row) ?? 0),
  )
}

/** A ranking of methods in one setting, for one explained class. */
export interface Ranking {
  /** The words in which the settings differ: `Icon scenes, standard, predicted class`. */
  readonly name: string
  readonly board: Board
  readonly target: Target
  readonly scores: Scores
}

/** A setting that lacks more of a board's methods than this share of them ranks something else. */
const SHARED = 0.9

/**
 * How a measure ranks the methods of a board in every setting of the same model and engine that ranks nearly all of them: each data set (with
 * the most images), protocol and explained class.
 */
export function rankingsOf(board: Board, boards: readonly Board[], short: string): Ranking[] {
  const methods = board.done.filter(({ method }) => !method.control).map(({ row }) => row)
  const same = boards.filter(
    ({ setting }) => setting.model === board.setting.model && setting.engine === board.setting.engine,
  )
  // The board itself stands for its data set, else the one with the most images.
  const size = (other: Board) => (other === board ? Number.POSITIVE_INFINITY : other.images.index.length)
  const settings = [
    ...Map.groupBy(same, other =>
      JSON.stringify([datasetOf(other).id, other.setting.protocol, other.setting.removal]),
    ).values(),
  ]
  return settings.flatMap(twins => {
    const [largest] = twins.toSorted((a, b) => size(b) - size(a))
    if (!largest) return []
    return largest.measures
      .filter(measure => shortKey(measure) === short)
      .map(measure => ({
        name: [
          datasetOf(largest).name,
          largest.setting.protocol,
          ...(largest.setting.removal === ZERO ? [] : [`${largest.setting.removal} removal`]),
          `${measure.target} class`,
        ].join(', '),
        board: largest,
        target: measure.target,
        scores: scoresOf(largest, measure),
      }))
      .filter(({ scores }) => methods.filter(row => scores.has(row)).length >= SHARED * methods.length)
  })
}

const datasetOf = ({ entries: [first], setting }: Board) =>
  first?.dataset ?? { id: setting.dataset, name: setting.dataset }

/** What becomes of the ranks of a board's methods over several rankings of them, by row. */
export function rangesOver(board: Board, rankings: readonly { readonly scores: Scores }[]): Map<string, RankRange> {
  const methods = board.done.filter(({ method }) => !method.control)
  return new Map(
    methods.flatMap(({ row }) => {
      const ranks = rankings.flatMap(({ scores }) => {
        const own = scores.get(row)
        if (own === undefined) return []
        return [1 + methods.filter(other => (scores.get(other.row) ?? Number.NEGATIVE_INFINITY) > own).length]
      })
      const found = rankRange(ranks)
      return found ? [[row, found] as const] : []
    }),
  )
}

/** The measures of a board's first class that rank without a threshold of the reader's. */
export const rankingMeasures = once((board: Board): readonly Measure[] =>
  firstMeasures(board).filter(({ metric, perThreshold }) => metric.merit && !perThreshold),
)

/** From this correlation on, two measures say the same: they are functions of each other, but for the rounding of stored values. */
const SAME = 0.99

/** Whether two measures say the same of every image and method: Pearson's correlation of their values, more being better in both. */
export function sayTheSame({ done }: Board, first: Measure, second: Measure): boolean {
  const sign = first.metric.direction === second.metric.direction ? 1 : -1
  const pairs = done.flatMap(({ method, values }) => {
    const other = values.get(second.key)
    if (method.control || !other) return []
    return (values.get(first.key) ?? []).flatMap((x, i) => {
      const y = other[i] ?? null
      return x === null || y === null ? [] : [[x, sign * y] as const]
    })
  })
  const correlation = pearson(
    Float64Array.from(pairs, ([x]) => x),
    Float64Array.from(pairs, ([, y]) => y),
  )
  return correlation !== null && correlation >= SAME
}

/** The same without those that say what one before them does, which would count twice. */
export const distinctMeasures = once((board: Board): readonly Measure[] => {
  const kept: Measure[] = []
  for (const measure of rankingMeasures(board))
    if (!kept.some(other => sayTheSame(board, other, measure))) kept.push(measure)
  return kept
})

/** How far the ranks of methods depend on what is asked and where: over the measures of a board, and over the settings of its first measure. */
export interface RanksHeld {
  /** What the rankings are of. */
  readonly names: readonly string[]
  readonly rows: ReadonlyMap<string, RankRange>
}

/** Fewer rankings say nothing of a range. */
const FEWEST = 3

/** The ranks of the methods over all measures that rank, without a threshold to choose, each counted once; `null` with fewer than three. */
export function ranksOverMeasures(board: Board): RanksHeld | null {
  return ranksOver(
    board,
    distinctMeasures(board).map(measure => ({
      name: inSentence(measureName(measure)),
      scores: scoresOf(board, measure),
    })),
  )
}

/** The ranks of the methods by the board's first measure over data sets, protocols and classes; `null` with fewer than three of them. */
export function ranksOverSettings(board: Board, boards: readonly Board[]): RanksHeld | null {
  const lead = leadMeasure(board)
  return ranksOver(board, lead ? rankingsOf(board, boards, shortKey(lead)) : [])
}

function ranksOver(board: Board, rankings: readonly Pick<Ranking, 'name' | 'scores'>[]): RanksHeld | null {
  if (rankings.length < FEWEST) return null
  return { names: rankings.map(({ name }) => name), rows: rangesOver(board, rankings) }
}
