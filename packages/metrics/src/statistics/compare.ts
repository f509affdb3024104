import { meanOf } from '../numbers.ts'
import { type ResampleOptions, type Resamples, resampleDefaults, resamplesOf } from './draws.ts'
import { type Interval, minus, percentileInterval, percentileVerdict, type Verdict, verdictOf } from './percentiles.ts'
import { enough, type ImageValues, resampledMeans } from './resample.ts'

export interface PairedDifference {
  /** Mean of first - second over the images that have both values; `NaN` without any. */
  readonly difference: number
  readonly interval: Interval | null
  readonly images: number
  /** `undecided` where the interval holds 0 or there is none. */
  readonly verdict: Verdict
}

export type Pair = readonly [first: ImageValues, second: ImageValues]

/** first - second per image; `null` where either has no value. */
export const differencesOf = (first: ImageValues, second: ImageValues): (number | null)[] =>
  first.map((value, i) => {
    const other = second[i] ?? null
    return value === null || other === null ? null : value - other
  })

/** Paired differences of several pairs from one set of resamples. */
export function pairedDifferences(pairs: readonly Pair[], options: ResampleOptions = {}): PairedDifference[] {
  return differencesIn(pairs, resamplesOf(pairs[0]?.[0].length ?? 0, options), options)
}

/**
 * The same from resamples that are drawn already.
 *
 * @param known resampled means of some of the rows
 */
export function differencesIn(
  pairs: readonly Pair[],
  resamples: Resamples,
  { level = resampleDefaults.level }: ResampleOptions,
  known?: ReadonlyMap<ImageValues, Float64Array>,
): PairedDifference[] {
  return resampledDifferences(pairs, resamples, known).map(({ row, first, second }) => {
    const interval = enough(row) ? percentileInterval(minus(first, second), level, resamples.times) : null
    return {
      difference: meanOf(row),
      interval,
      images: row.filter(value => value !== null).length,
      verdict: verdictOf(interval),
    }
  })
}

/** No more than the verdicts of the paired differences. */
export function verdictsIn(
  pairs: readonly Pair[],
  resamples: Resamples,
  { level = resampleDefaults.level }: ResampleOptions,
  known?: ReadonlyMap<ImageValues, Float64Array>,
): { readonly verdict: Verdict }[] {
  return resampledDifferences(pairs, resamples, known).map(({ row, first, second }) => ({
    verdict: enough(row) ? percentileVerdict(first, second, level, resamples.times) : 'undecided',
  }))
}

/** A pair's differences per image, and two lists whose difference is their mean in each resample. */
export interface Resampled {
  readonly row: ImageValues
  readonly first: Float64Array
  readonly second: Float64Array
}

/**
 * Where both of a pair have values on the same images, the mean of the differences is the difference of the means, and each row is resampled
 * once for all pairs. Elsewhere the differences are resampled, and there is nothing to subtract.
 */
export function resampledDifferences(
  pairs: readonly Pair[],
  resamples: Resamples,
  known: ReadonlyMap<ImageValues, Float64Array> = new Map(),
): Resampled[] {
  const rows = pairs.map(([first, second]) => differencesOf(first, second))
  const same = pairs.map(([first, second]) => sameImages(first, second))
  const needed = new Set(pairs.flatMap((pair, i) => (same[i] ? pair : [rows[i]!])))
  const unknown = [...needed].filter(row => !known.has(row))
  const found = new Map(resampledMeans(unknown, resamples).map((means, i) => [unknown[i]!, means]))
  const meansOf = (row: ImageValues): Float64Array => known.get(row) ?? found.get(row)!
  const nothing = new Float64Array(resamples.times.length)
  return pairs.map(([first, second], i) => {
    const row = rows[i]!
    return same[i]
      ? { row, first: meansOf(first), second: meansOf(second) }
      : { row, first: meansOf(row), second: nothing }
  })
}

/** Whether both have a value on the same images. */
const sameImages = (first: ImageValues, second: ImageValues): boolean =>
  first.every((value, i) => (value === null) === (second[i] === null))

/**
 * What two methods differ by on the same images: the mean of the paired differences and its percentile bootstrap interval.
 *
 * @example
 * pairedDifference([0.5, 0.7, 0.6], [0.1, 0.2, 0.3]).verdict // 'greater'
 */
export function pairedDifference(
  first: ImageValues,
  second: ImageValues,
  options: ResampleOptions = {},
): PairedDifference {
  const [found] = pairedDifferences([[first, second]], options)
  return found!
}
