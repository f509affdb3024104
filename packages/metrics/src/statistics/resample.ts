import { MetricError } from '../errors.ts'
import { randomSource, wholeBelow } from '../random.ts'

/** One value per image, in the order of a slice that all methods of a group share; `null` where there is none. */
export type ImageValues = readonly (number | null)[]

export type Interval = [low: number, high: number]

export interface ResampleOptions {
  /** How many resamples are drawn. */
  readonly resamples?: number
  /** 32-bit integer; the same seed draws the same images. */
  readonly seed?: number
  /** Share of the resamples that an interval holds. */
  readonly level?: number
}

export const resampleDefaults = { resamples: 10_000, seed: 0, level: 0.95 } as const satisfies ResampleOptions

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
  const there = rows.map(row => (row.includes(null) ? Float64Array.from(row, value => Number(value !== null)) : null))
  const means = rows.map(() => new Float64Array(resamples))
  const source = randomSource(seed)
  // In blocks of resamples: all draws of 10,000 resamples of 50,000 images at once would take 2 GB.
  const block = Math.max(1, Math.floor(DRAWN_AT_ONCE / Math.max(1, images)))
  for (let start = 0; start < resamples; start += block) {
    const length = Math.min(block, resamples - start)
    const drawn = new Uint32Array(images * length)
    for (let r = 0; r < length; r++) for (let i = 0; i < images; i++) drawn[i * length + r] = wholeBelow(source, images)
    for (let row = 0; row < values.length; row++) {
      const into = means[row]!.subarray(start, start + length)
      const present = there[row]!
      addDrawn(values[row]!, drawn, into)
      if (!present) {
        for (let r = 0; r < length; r++) into[r]! /= images
        continue
      }
      const counts = new Float64Array(length)
      addDrawn(present, drawn, counts)
      for (let r = 0; r < length; r++) into[r]! /= counts[r]!
    }
  }
  return means
}

/** Draws that are in memory at a time. */
const DRAWN_AT_ONCE = 1 << 18

/** Adds the drawn values to each resample's sum; `drawn` holds the first draw of every resample, then the second, and so on. */
function addDrawn(values: Float64Array, drawn: Uint32Array, into: Float64Array): void {
  const resamples = into.length
  for (let from = 0; from < drawn.length; from += resamples)
    for (let r = 0; r < resamples; r++) into[r]! += values[drawn[from + r]!]!
}

/**
 * The middle `level` of the resampled values, by linearly interpolated quantiles (Hyndman & Fan's type 7, as numpy and scipy have it);
 * `null` without any.
 */
export function percentileInterval(resampled: Float64Array, level: number = resampleDefaults.level): Interval | null {
  let count = 0
  for (let i = 0; i < resampled.length; i++) if (!Number.isNaN(resampled[i]!)) count++
  if (count === 0) return null
  const place = ((1 - level) / 2) * (count - 1)
  return [tailQuantile(resampled, place, 1), tailQuantile(resampled, place, -1)]
}

/**
 * The value at a place, counted from 0, in ascending order (`sign` 1) or descending order (-1), interpolated. Only the tail is kept in order:
 * most values fail its one comparison, which is what makes thousands of intervals cheap.
 */
function tailQuantile(values: Float64Array, place: number, sign: 1 | -1): number {
  const below = Math.floor(place)
  const end = below + 1
  const tail = new Float64Array(end + 1).fill(Number.POSITIVE_INFINITY)
  let limit = Number.POSITIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const value = sign * values[i]!
    if (!(value < limit)) continue
    let at = end
    for (; at > 0 && tail[at - 1]! > value; at--) tail[at] = tail[at - 1]!
    tail[at] = value
    limit = tail[end]!
  }
  const [near, far] = [tail[below]!, tail[end]!]
  const share = place - below
  return sign * (share === 0 ? near : near + (far - near) * share)
}

/** Fewer than two values do not vary, which is no evidence that their mean is exact. */
const enough = (values: ImageValues): boolean => values.filter(value => value !== null).length > 1

/** Percentile bootstrap intervals of the rows' means; `null` for a row of fewer than two values. */
export function bootstrapIntervals(rows: readonly ImageValues[], options: ResampleOptions = {}): (Interval | null)[] {
  const means = resampledMeans(rows, options)
  return rows.map((row, i) => intervalOfMeans(row, means[i]!, options))
}

/** The interval of a row's mean from its resampled means; `null` for a row of fewer than two values. */
export function intervalOfMeans(row: ImageValues, means: Float64Array, { level }: ResampleOptions): Interval | null {
  return enough(row) ? percentileInterval(means, level) : null
}
