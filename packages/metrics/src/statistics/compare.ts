import { meanOf } from '../numbers.ts'
import { type ImageValues, type Interval, intervalOfMeans, type ResampleOptions, resampledMeans } from './resample.ts'

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

/**
 * Paired differences of several pairs from one set of resamples.
 *
 * @param known resampled means that are computed already, with the same options
 */
export function pairedDifferences(
  pairs: readonly (readonly [first: ImageValues, second: ImageValues])[],
  options: ResampleOptions = {},
  known: ReadonlyMap<ImageValues, Float64Array> = new Map(),
): PairedDifference[] {
  const rows = pairs.map(([first, second]) => differences(first, second))
  return resampledDifferences(pairs, rows, options, known).map((means, i) => {
    const row = rows[i]!
    const interval = intervalOfMeans(row, means, options)
    return {
      difference: meanOf(row),
      interval,
      images: row.filter(value => value !== null).length,
      verdict: verdictOf(interval),
    }
  })
}

/** Where no value is missing, the mean of the differences is the difference of the means, and each row is resampled once. */
function resampledDifferences(
  pairs: readonly (readonly [ImageValues, ImageValues])[],
  rows: readonly ImageValues[],
  options: ResampleOptions,
  known: ReadonlyMap<ImageValues, Float64Array>,
): Float64Array[] {
  const complete = pairs.map(pair => pair.every(values => !values.includes(null)))
  const whole = [...new Set(pairs.filter((_, i) => complete[i]).flat())].filter(values => !known.has(values))
  const patchy = rows.filter((_, i) => !complete[i])
  const found = new Map([
    ...known,
    ...resampledMeans(whole, options).map((means, i) => [whole[i]!, means] as const),
    ...resampledMeans(patchy, options).map((means, i) => [patchy[i]!, means] as const),
  ])
  return pairs.map(([first, second], i) => {
    if (!complete[i]) return found.get(rows[i]!)!
    const difference = found.get(first)!.slice()
    const other = found.get(second)!
    for (let r = 0; r < difference.length; r++) difference[r]! -= other[r]!
    return difference
  })
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
