import { quantileSorted } from 'd3-array'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { MetricError } from '../errors.ts'

/** One value per image, in the order of a slice that all methods of a group share; `null` where there is none. */
export type ImageValues = readonly (number | null)[]

export type Interval = readonly [low: number, high: number]

export interface ResampleOptions {
  /** How many resamples are drawn. */
  readonly resamples?: number
  /** 32-bit integer; the same seed draws the same images. */
  readonly seed?: number
  /** Share of the resamples that an interval holds. */
  readonly level?: number
}

export const resampleDefaults = { resamples: 10_000, seed: 0, level: 0.95 } as const satisfies ResampleOptions

/** Mean of the values that are there; `NaN` without any. */
export function meanOf(values: ImageValues): number {
  let sum = 0
  let count = 0
  for (const value of values) {
    if (value === null) continue
    sum += value
    count++
  }
  return sum / count
}

/**
 * Means of every row in every resample: as many images as there are, drawn with replacement (Efron & Tibshirani, An Introduction to the
 * Bootstrap, 1993, chapter 6). A resample's images are the same in all rows, so that rows can be compared within it.
 *
 * @param rows equally long
 * @returns per row, one mean per resample; `NaN` where no image of a resample has a value
 * @throws {MetricError} if rows differ in length
 */
export function resampledMeans(
  rows: readonly ImageValues[],
  { resamples = resampleDefaults.resamples, seed = resampleDefaults.seed }: ResampleOptions = {},
): Float64Array[] {
  const images = rows[0]?.length ?? 0
  if (rows.some(row => row.length !== images)) {
    throw new MetricError('statistics', `expected ${images} values per row, got ${rows.map(row => row.length)}`)
  }
  const values = rows.map(row => Float64Array.from(row, value => value ?? 0))
  const there = rows.map(row => (row.includes(null) ? Uint8Array.from(row, value => Number(value !== null)) : null))
  const means = rows.map(() => new Float64Array(resamples))
  const random = xoroshiro128plus(seed)
  const drawn = new Uint32Array(images)
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < images; i++) drawn[i] = uniformInt(random, 0, images - 1)
    for (let row = 0; row < values.length; row++) {
      const of = values[row]!
      const present = there[row]!
      let sum = 0
      for (let i = 0; i < images; i++) sum += of[drawn[i]!]!
      let count = images
      if (present) {
        count = 0
        for (let i = 0; i < images; i++) count += present[drawn[i]!]!
      }
      means[row]![r] = sum / count
    }
  }
  return means
}

/**
 * The middle `level` of the resampled values, by linearly interpolated quantiles (Hyndman & Fan's type 7, as numpy and scipy have it);
 * `null` without any.
 */
export function percentileInterval(resampled: Float64Array, level: number = resampleDefaults.level): Interval | null {
  const sorted = Array.from(resampled.filter(value => !Number.isNaN(value)).sort())
  const tail = (1 - level) / 2
  const low = quantileSorted(sorted, tail)
  const high = quantileSorted(sorted, 1 - tail)
  return low === undefined || high === undefined ? null : [low, high]
}

/** Fewer than two values do not vary, which is no evidence that their mean is exact. */
const enough = (values: ImageValues): boolean => values.filter(value => value !== null).length > 1

/** Percentile bootstrap intervals of the rows' means; `null` for a row of fewer than two values. */
export function bootstrapIntervals(rows: readonly ImageValues[], options: ResampleOptions = {}): (Interval | null)[] {
  const means = resampledMeans(rows, options)
  return rows.map((row, i) => (enough(row) ? percentileInterval(means[i]!, options.level) : null))
}
