import { meanOf } from '../numbers.ts'
import { type Pair, resampledDifferences } from './compare.ts'
import { type ResampleOptions, resampleDefaults, resamplesOf } from './draws.ts'
import { type Interval, minus, percentileInterval } from './percentiles.ts'
import { enough } from './resample.ts'

/** A comparison of a family: several that are read together, such as every method against a control. */
export interface FamilyDifference {
  /** Mean of first - second over the images that have both values; `NaN` without any. */
  readonly difference: number
  /** Chance of a difference as large, in units of its standard error, if there were none; not corrected. */
  readonly p: number
  /** Corrected for the family by Holm's method, which assumes nothing about how comparisons depend on each other. */
  readonly holm: number
  /** Corrected by the greatest statistic of the family, which knows from the resamples how comparisons depend on each other. */
  readonly maxT: number
  /** In `level` of the cases the intervals of all comparisons hold their true differences together; `null` below two images. */
  readonly interval: Interval | null
}

/**
 * Paired differences with error rates for all of them together, from one set of resamples. Each difference is divided by its bootstrap
 * standard error; under the hypothesis of no difference it is distributed as the resampled differences are around the measured one. Single-step
 * max-T (Westfall & Young, Resampling-Based Multiple Testing, 1993; with the bootstrap: Romano & Wolf, Econometrica 73, 2005):
 * `p = (1 + #(greatest |t*| of the family >= |t|)) / (1 + resamples)`.
 *
 * @example
 * const [first] = familyDifferences(methods.map(values => [values, control]))
 * first.maxT < 0.05 // the first method differs from the control, however many are compared with it
 */
export function familyDifferences(pairs: readonly Pair[], options: ResampleOptions = {}): FamilyDifference[] {
  const { level = resampleDefaults.level } = options
  const resamples = resamplesOf(pairs[0]?.[0].length ?? 0, options)
  const { times } = resamples
  const tests = resampledDifferences(pairs, resamples).map(({ row, first, second }) => {
    const [known, difference] = [enough(row), meanOf(row)]
    const means = minus(first, second)
    const error = known ? deviation(means, times) : 0
    return { known, difference, error, deviations: absoluteDeviations(means, difference, error) }
  })
  const greatest = new Float64Array(times.length)
  for (const { deviations } of tests)
    for (let r = 0; r < greatest.length; r++) greatest[r] = Math.max(greatest[r]!, deviations[r]!)
  // The upper end of this interval is the quantile at `level`.
  const critical = percentileInterval(greatest, 2 * level - 1, times)?.[1] ?? Number.NaN
  const chance = (statistics: Float64Array, t: number): number => {
    let [reached, count] = [1, 1]
    for (let r = 0; r < statistics.length; r++) {
      count += times[r]!
      if (statistics[r]! >= t) reached += times[r]!
    }
    return reached / count
  }
  const found = tests.map(({ known, difference, error, deviations }) => {
    if (!known) return { difference, p: 1, maxT: 1, interval: null }
    const t = difference === 0 ? 0 : Math.abs(difference) / error
    const interval: Interval = [difference - critical * error, difference + critical * error]
    return { difference, p: chance(deviations, t), maxT: chance(greatest, t), interval }
  })
  const corrected = holm(found.map(({ p }) => p))
  return found.map((one, i) => ({ ...one, holm: corrected[i]! }))
}

/** Standard deviation of the resampled means, which is the standard error of the mean. */
function deviation(means: Float64Array, times: Uint32Array): number {
  let [sum, count] = [0, 0]
  for (let r = 0; r < means.length; r++) {
    if (Number.isNaN(means[r]!)) continue
    sum += times[r]! * means[r]!
    count += times[r]!
  }
  const mean = sum / count
  let squares = 0
  for (let r = 0; r < means.length; r++) if (!Number.isNaN(means[r]!)) squares += times[r]! * (means[r]! - mean) ** 2
  return Math.sqrt(squares / count)
}

/** How far the resampled means are from the measured one, in standard errors; 0 without a mean or an error. */
function absoluteDeviations(means: Float64Array, measured: number, error: number): Float64Array {
  const result = new Float64Array(means.length)
  if (error > 0) for (let r = 0; r < means.length; r++) result[r] = Math.abs(means[r]! - measured) / error || 0
  return result
}

/**
 * Holm's correction (A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979): the least p value
 * times the number of comparisons, the next times one less, and so on, none below the one before it and none above 1.
 *
 * @example
 * holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly number[]): number[] {
  const corrected = pValues.map(() => 1)
  let least = 0
  const ascending = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]!)
  for (const [place, i] of ascending.entries()) {
    least = Math.min(1, Math.max(least, (pValues.length - place) * pValues[i]!))
    corrected[i] = least
  }
  return corrected
}
