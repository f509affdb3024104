import { cumsum } from 'd3-array'
import type { Metric } from '../metrics.ts'
import { meanOf } from '../numbers.ts'
import { differencesIn, type Pair, type PairedDifference, verdictsIn } from './compare.ts'
import { type ResampleOptions, type Resamples, resampleDefaults, resamplesOf } from './draws.ts'
import { type Interval, percentileInterval, type Verdict } from './percentiles.ts'
import { type ImageValues, resampledMeans } from './resample.ts'

/** A method of a group and what it reached on each image of the group's slice. */
export interface Contender {
  readonly id: string
  readonly control: boolean
  readonly values: ImageValues
}

export interface Standing {
  readonly id: string
  readonly control: boolean
  /** Images that have a value. */
  readonly images: number
  /** `null` where no image has a value; such a method has no rank. */
  readonly mean: number | null
  readonly interval: Interval | null
  /** From 1; equal means share a rank. */
  readonly rank: number | null
  /** The least and the greatest rank that the method holds in `level` of the resamples. */
  readonly ranks: Interval | null
  /** Whether the difference from the method with the best mean is undecided. */
  readonly tiedWithBest: boolean
  /** Whether the difference from the next in the ranking is decided; `null` for the last one and for methods without a rank. */
  readonly toldFromNext: boolean | null
  /** Other controls that the method does not beat: that it is not better than by more than chance. */
  readonly notBeaten: readonly string[]
}

export interface AgainstControl extends PairedDifference {
  /** Id of the control. */
  readonly control: string
  /** Whether the method is better in the metric's direction by more than chance. */
  readonly beats: boolean
}

export interface AgainstBest extends PairedDifference {
  /** Id of the contender with the best mean. */
  readonly best: string
}

/** A standing with the paired differences that it rests on. */
export interface DetailedStanding extends Standing {
  /** Against the method with the best mean; the difference is method - best, 0 for that method itself. */
  readonly toBest: AgainstBest | null
  /** Against every other control; differences are method - control. */
  readonly against: readonly AgainstControl[]
}

/**
 * How sure a ranking by one metric is: each method with its mean, the percentile bootstrap interval of it, the ranks it holds in `level` of
 * the resamples (Goldstein & Spiegelhalter, League Tables and Their Limitations, JRSS A 1996), whether it is tied with the best and which
 * controls it does not beat. All resamples are shared, so methods are compared on the same images. Comparisons are not corrected for how
 * many there are.
 *
 * @returns in the order of the ranks; methods without a value last
 * @throws {MetricError} if contenders have different numbers of images
 *
 * @example
 * const [best] = standings([{ id: 'agcam', control: false, values }, { id: 'random', control: true, values: noise }], 'higher')
 */
export const standings = (
  contenders: readonly Contender[],
  direction: Metric['direction'],
  options: ResampleOptions = {},
): Standing[] => rank(contenders, direction, options, verdictsIn).map(({ standing }) => standing)

/** The same standings with the differences from the best and from the controls, which take several times as long. */
export const detailedStandings = (
  contenders: readonly Contender[],
  direction: Metric['direction'],
  options: ResampleOptions = {},
): DetailedStanding[] =>
  rank(contenders, direction, options, differencesIn).map(({ standing, toBest, against }) => ({
    ...standing,
    toBest: toBest && { best: toBest.other, ...toBest.found },
    against: against.map(({ other, found, beats }) => ({ control: other, ...found, beats })),
  }))

/**
 * How much of a ranking is more than chance: of the neighbours in it, how many are told apart.
 *
 * @example
 * neighboursToldApart(standings(contenders, 'higher')) // { toldApart: 9, neighbours: 58 }
 */
export function neighboursToldApart(standings: readonly Pick<Standing, 'toldFromNext'>[]): {
  readonly toldApart: number
  readonly neighbours: number
} {
  const neighbours = standings.filter(({ toldFromNext }) => toldFromNext !== null)
  return { toldApart: neighbours.filter(({ toldFromNext }) => toldFromNext).length, neighbours: neighbours.length }
}

/** What was found of a method and another one. */
interface Compared<Found> {
  readonly other: string
  readonly found: Found
  readonly beats: boolean
}

interface Ranked<Found> {
  readonly standing: Standing
  readonly toBest: Compared<Found> | null
  readonly against: readonly Compared<Found>[]
}

type Compare<Found> = (
  pairs: readonly Pair[],
  resamples: Resamples,
  options: ResampleOptions,
  known: ReadonlyMap<ImageValues, Float64Array>,
) => Found[]

function rank<Found extends { readonly verdict: Verdict }>(
  contenders: readonly Contender[],
  direction: Metric['direction'],
  options: ResampleOptions,
  compare: Compare<Found>,
): Ranked<Found>[] {
  const { level = resampleDefaults.level } = options
  const judged = contenders.filter(c => c.values.some(value => value !== null))
  const resamples = resamplesOf(judged[0]?.values.length ?? 0, options)
  const means = resampledMeans(
    judged.map(c => c.values),
    resamples,
  )
  const sign = direction === 'higher' ? 1 : -1
  const scores = judged.map(c => sign * meanOf(c.values))
  const ranges = rankRanges(scores, means, sign, resamples.times, level)

  const best = judged[scores.indexOf(Math.max(...scores))]
  const controls = judged.filter(c => c.control)
  const pairs = judged.flatMap(contender =>
    [best ?? contender, ...controls.filter(control => control !== contender)].map(other => ({ contender, other })),
  )
  const known = new Map(judged.map((contender, i) => [contender.values, means[i]!]))
  const found = compare(
    pairs.map(({ contender, other }) => [contender.values, other.values]),
    resamples,
    options,
    known,
  )
  const better = direction === 'higher' ? 'greater' : 'smaller'
  const compared = Map.groupBy(
    pairs.map(({ contender, other }, i) => {
      const one = found[i]!
      return { contender, other: other.id, found: one, beats: one.verdict === better }
    }),
    ({ contender }) => contender,
  )

  const order = [...judged.keys()].sort((a, b) => scores[b]! - scores[a]!)
  const toldFromNext = new Map(
    verdictsIn(
      order.slice(1).map((next, place) => [judged[order[place]!]!.values, judged[next]!.values]),
      resamples,
      options,
      known,
    ).map(({ verdict }, place) => [order[place]!, verdict !== 'undecided']),
  )

  const ranked = order.map((i): Ranked<Found> => {
    const contender = judged[i]!
    const { id, control, values } = contender
    const [toBest = null, ...against] = compared.get(contender) ?? []
    const images = values.filter(value => value !== null).length
    const standing: Standing = {
      id,
      control,
      images,
      mean: meanOf(values),
      interval: images > 1 ? percentileInterval(means[i]!, level, resamples.times) : null,
      rank: rankAmong(scores, scores[i]!),
      ranks: images > 1 ? ranges[i]! : null,
      tiedWithBest: contender === best || toBest?.found.verdict === 'undecided',
      toldFromNext: toldFromNext.get(i) ?? null,
      notBeaten: against.filter(({ beats }) => !beats).map(({ other }) => other),
    }
    return { standing, toBest, against }
  })
  const without = contenders.filter(c => !judged.includes(c)).map(unranked)
  return [...ranked, ...without]
}

const unranked = ({ id, control }: Contender): Ranked<never> => ({
  standing: {
    id,
    control,
    images: 0,
    mean: null,
    interval: null,
    rank: null,
    ranks: null,
    tiedWithBest: false,
    toldFromNext: null,
    notBeaten: [],
  },
  toBest: null,
  against: [],
})

/** 1 + how many of `scores` are greater: 1 is the best, equal scores share a rank. */
const rankAmong = (scores: readonly number[], score: number): number => 1 + scores.filter(other => other > score).length

/** Resamples whose means are brought side by side: reading every method's list at each resample takes longer. */
const RANKED_AT_ONCE = 64

/** The scores of all methods in resample `from`, then those in the next, and so on. */
function fillBlock(block: Float64Array, columns: readonly Float64Array[], sign: 1 | -1, from: number): void {
  for (const [i, column] of columns.entries()) {
    const end = Math.min(column.length, from + RANKED_AT_ONCE)
    for (let r = from, at = i; r < end; r++, at += columns.length) {
      const mean = column[r]!
      block[at] = Number.isNaN(mean) ? Number.NEGATIVE_INFINITY : sign * mean
    }
  }
}

/** The ranks that each method holds in the middle `level` of the resamples; a method without a mean in a resample ranks last there. */
function rankRanges(
  scores: readonly number[],
  means: readonly Float64Array[],
  sign: 1 | -1,
  times: Uint32Array,
  level: number,
): Interval[] {
  const count = means.length
  // How often method m holds rank k, at m * (count + 1) + k.
  const held = new Float64Array(count * (count + 1))
  // Resamples are sorted by insertion from the order of the means over all images, which theirs is near to.
  const start = [...means.keys()].sort((a, b) => scores[b]! - scores[a]!)
  const columns = start.map(m => means[m]!)
  const block = new Float64Array(count * RANKED_AT_ONCE)
  const methods = new Uint32Array(count)
  const sorted = new Float64Array(count)
  for (let r = 0, at = 0; r < times.length; r++) {
    if (r % RANKED_AT_ONCE === 0) {
      fillBlock(block, columns, sign, r)
      at = 0
    }
    for (let i = 0; i < count; i++) {
      const score = block[at++]!
      let place = i
      for (; place > 0 && sorted[place - 1]! < score; place--) {
        sorted[place] = sorted[place - 1]!
        methods[place] = methods[place - 1]!
      }
      sorted[place] = score
      methods[place] = start[i]!
    }
    let rank = 1
    for (let i = 0; i < count; i++) {
      if (i > 0 && sorted[i]! < sorted[i - 1]!) rank = i + 1
      held[methods[i]! * (count + 1) + rank]! += times[r]!
    }
  }
  const resamples = times.reduce((sum, count) => sum + count, 0)
  const tail = (1 - level) / 2
  return means.map((_, m) => {
    const sums = cumsum(held.subarray(m * (count + 1), (m + 1) * (count + 1)))
    const rankAt = (place: number): number => sums.findIndex(sum => sum > place)
    return [rankAt(Math.floor(tail * resamples)), rankAt(Math.ceil((1 - tail) * resamples) - 1)]
  })
}
