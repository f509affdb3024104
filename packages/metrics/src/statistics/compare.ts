import { bootstrapIntervals, type ImageValues, type Interval, meanOf, type ResampleOptions } from './resample.ts'

export interface PairedDifference {
  /** Mean of first - second over the images that have both values; `NaN` without any. */
  readonly difference: number
  readonly interval: Interval | null
  readonly images: number
  /** `undecided` where the interval holds 0 or there is none. */
  readonly verdict: 'greater' | 'smaller' | 'undecided'
}

const differences = (first: ImageValues, second: ImageValues): (number | null)[] =>
  first.map((value, i) => {
    const other = second[i] ?? null
    return value === null || other === null ? null : value - other
  })

function verdictOf(interval: Interval | null): PairedDifference['verdict'] {
  if (interval === null) return 'undecided'
  if (interval[0] > 0) return 'greater'
  return interval[1] < 0 ? 'smaller' : 'undecided'
}

/** Paired differences of several pairs from one set of resamples. */
export function pairedDifferences(
  pairs: readonly (readonly [first: ImageValues, second: ImageValues])[],
  options: ResampleOptions = {},
): PairedDifference[] {
  const rows = pairs.map(([first, second]) => differences(first, second))
  return bootstrapIntervals(rows, options).map((interval, i) => ({
    difference: meanOf(rows[i]!),
    interval,
    images: rows[i]!.filter(value => value !== null).length,
    verdict: verdictOf(interval),
  }))
}

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
