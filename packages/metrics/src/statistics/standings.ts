import { cumsum } from 'd3-array'
import type { Metric } from '../metrics.ts'
import { meanOf } from '../numbers.ts'
import { type PairedDifference, pairedDifferences } from './compare.ts'
import {
  type ImageValues,
  type Interval,
  percentileInterval,
  type ResampleOptions,
  resampleDefaults,
  resampledMeans,
} from './resample.ts'

/** A method of a group and what it reached on each image of the group's slice. */
export interface Contender {
  readonly id: string
  readonly control: boolean
  readonly values: ImageValues
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
  /** Against the method with the best mean; the difference is method - best, 0 for that method itself. */
  readonly toBest: AgainstBest | null
  /** Whether that difference is undecided. */
  readonly tiedWithBest: boolean
  /** Against every other control; differences are method - control. */
  readonly against: readonly AgainstControl[]
  /** Controls that the method does not beat. */
  readonly notBeaten: readonly string[]
}

/** 1 + how many of `scores` are greater: 1 is the best, equal scores share a rank. */
const rankAmong = (scores: readonly number[], score: number): number => 1 + scores.filter(other => other > score).length

function rankRanges(oriented: readonly Float64Array[], level: number): (Interval | null)[] {
  const resamples = oriented[0]?.length ?? 0
  const held = oriented.map(() => new Uint32Array(oriented.length + 1))
  const scores = new Float64Array(oriented.length)
  const order = Uint16Array.from(oriented.keys())
  for (let r = 0; r < resamples; r++) {
    for (let m = 0; m < scores.length; m++) scores[m] = oriented[m]![r]!
    // By insertion, since the order of one resample is nearly that of the next.
    for (let i = 1; i < order.length; i++) {
      const m = order[i]!
      let place = i
      for (; place > 0 && scores[order[place - 1]!]! < scores[m]!; place--) order[place] = order[place - 1]!
      order[place] = m
    }
    let rank = 1
    for (let i = 0; i < order.length; i++) {
      const m = order[i]!
      if (i > 0 && scores[m]! < scores[order[i - 1]!]!) rank = i + 1
      held[m]![rank]!++
    }
  }
  if (resamples === 0) return oriented.map(() => null)
  const tail = (1 - level) / 2
  return held.map(counts => {
    const sums = cumsum(counts)
    const rankAt = (place: number): number => sums.findIndex(sum => sum > place)
    return [rankAt(Math.floor(tail * resamples)), rankAt(Math.ceil((1 - tail) * resamples) - 1)]
  })
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
export function standings(
  contenders: readonly Contender[],
  direction: Metric['direction'],
  options: ResampleOptions = {},
): Standing[] {
  const level = options.level ?? resampleDefaults.level
  const judged = contenders.filter(c => c.values.some(value => value !== null))
  const sign = direction === 'higher' ? 1 : -1
  const scores = judged.map(c => sign * meanOf(c.values))
  const means = resampledMeans(
    judged.map(c => c.values),
    options,
  )
  // A resample without a value ranks last.
  const ranges = rankRanges(
    means.map(row => row.map(mean => (Number.isNaN(mean) ? Number.NEGATIVE_INFINITY : sign * mean))),
    level,
  )
  const best = judged[scores.indexOf(Math.max(...scores))]
  const controls = judged.filter(c => c.control)
  const rivals = judged.map(contender => controls.filter(control => control !== contender))
  const pairs = judged.flatMap((contender, i) =>
    [best ?? contender, ...rivals[i]!].map(other => ({ contender, other })),
  )
  const compared = pairedDifferences(
    pairs.map(({ contender, other }) => [contender.values, other.values]),
    options,
    new Map(judged.map((contender, i) => [contender.values, means[i]!])),
  )
  const found = Map.groupBy(
    pairs.map(({ contender, other }, i) => ({ contender, other: other.id, difference: compared[i]! })),
    pair => pair.contender,
  )
  const better = direction === 'higher' ? 'greater' : 'smaller'

  const ranked = judged.map((contender, i): Standing => {
    const { id, control, values } = contender
    const [toBest, ...toControls] = found.get(contender) ?? []
    const against = toControls.map(
      ({ other, difference }): AgainstControl => ({
        control: other,
        ...difference,
        beats: difference.verdict === better,
      }),
    )
    const images = values.filter(value => value !== null).length
    return {
      id,
      control,
      images,
      mean: meanOf(values),
      interval: images > 1 ? percentileInterval(means[i]!, level) : null,
      rank: rankAmong(scores, scores[i]!),
      ranks: images > 1 ? ranges[i]! : null,
      toBest: toBest ? { best: toBest.other, ...toBest.difference } : null,
      tiedWithBest: contender === best || toBest?.difference.verdict === 'undecided',
      against,
      notBeaten: against.filter(({ beats }) => !beats).map(({ control }) => control),
    }
  })
  const without = contenders
    .filter(c => !judged.includes(c))
    .map(
      ({ id, control }): Standing => ({
        id,
        control,
        images: 0,
        mean: null,
        interval: null,
        rank: null,
        ranks: null,
        toBest: null,
        tiedWithBest: false,
        against: [],
        notBeaten: [],
      }),
    )
  return [...ranked.toSorted((a, b) => Number(a.rank) - Number(b.rank)), ...without]
}
