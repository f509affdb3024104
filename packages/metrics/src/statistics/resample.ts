import { MetricError } from '../errors.ts'
import { type ResampleOptions, type Resamples, resampleDefaults, resamplesOf } from './draws.ts'
import { type Interval, percentileInterval } from './percentiles.ts'

/** One value per image, in the order of a slice that all methods of a group share; `null` where there is none. */
export type ImageValues = readonly (number | null)[]

/**
 * Means of every row in every resample. A resample's images are the same in all rows, so that rows can be compared within it.
 *
 * @param rows as long as there are images; one that is given twice is resampled once
 * @returns per row, one mean per resample; `NaN` where no image of a resample has a value
 * @throws {MetricError} if rows differ in length
 */
export function resampledMeans(rows: readonly ImageValues[], resamples: Resamples): Float64Array[] {
  const { images } = resamples
  if (rows.some(row => row.length !== images)) {
    throw new MetricError('statistics', `expected ${images} values per row, got ${rows.map(row => row.length)}`)
  }
  const different = [...new Set(rows)]
  const patterns = new Map(
    different.map(row => [missingIn(row), Float64Array.from(row, value => Number(value !== null))]),
  )
  const sums = resampledSums(
    [...different.map(row => Float64Array.from(row, value => value ?? 0)), ...patterns.values()],
    resamples,
  )
  const counts = new Map([...patterns.keys()].map((pattern, i) => [pattern, sums[different.length + i]!]))
  const means = new Map(different.map((row, i) => [row, divided(sums[i]!, counts.get(missingIn(row))!)]))
  return rows.map(row => means.get(row)!)
}

/** Which images have no value: rows that lack the same ones are divided by the same counts. */
const missingIn = (row: ImageValues): string =>
  row.includes(null) ? row.map(value => (value === null ? '0' : '1')).join('') : ''

function divided(sums: Float64Array, counts: Float64Array): Float64Array {
  for (let r = 0; r < sums.length; r++) sums[r]! /= counts[r]!
  return sums
}

/** Sums of every row in every resample. */
function resampledSums(rows: readonly Float64Array[], { images, times, blocks }: Resamples): Float64Array[] {
  const sums = rows.map(() => new Float64Array(times.length))
  if (rows.length === 0) return sums
  const inPairs = images % 2 === 0 && images <= PAIRED
  const lanes = Array.from({ length: Math.ceil(rows.length / WIDTH) }, (_, i) => {
    const [from, to] = [i * WIDTH, (i + 1) * WIDTH]
    const values = sideBySide(rows.slice(from, to), images)
    return { sums: sums.slice(from, to), values: inPairs ? sumsOfPairs(values, images) : values }
  })
  let start = 0
  for (const block of blocks) {
    const drawn = inPairs ? pairsIn(block, images) : block
    const length = block.length / images
    const found = new Float64Array(length * WIDTH)
    for (const lane of lanes) {
      addDrawn(lane.values, drawn, found)
      for (const [k, into] of lane.sums.entries())
        for (let r = 0; r < length; r++) into[start + r] = found[r * WIDTH + k]!
    }
    start += length
  }
  return sums
}

/** Rows that are summed together, each in a variable of its own. */
const WIDTH = 8

/** With up to this many images, the sums of all pairs of images fit a processor's cache. Then two draws are added at a time. */
const PAIRED = 100

/** The rows' values of the first image, then those of the second, and so on. */
function sideBySide(rows: readonly Float64Array[], images: number): Float64Array {
  const values = new Float64Array(images * WIDTH)
  for (const [k, row] of rows.entries()) for (let i = 0; i < images; i++) values[i * WIDTH + k] = row[i]!
  return values
}

/** The sums of the values of any two images; those of images `i` and `j` are at `i * images + j`. */
function sumsOfPairs(values: Float64Array, images: number): Float64Array {
  const sums = new Float64Array(images * images * WIDTH)
  for (let i = 0, at = 0; i < images; i++)
    for (let j = 0; j < images; j++)
      for (let k = 0; k < WIDTH; k++) sums[at++] = values[i * WIDTH + k]! + values[j * WIDTH + k]!
  return sums
}

/** Two draws each as the place of their sum. */
function pairsIn(drawn: Uint32Array, images: number): Uint32Array {
  const pairs = new Uint32Array(drawn.length / 2)
  for (let i = 0; i < pairs.length; i++) pairs[i] = drawn[2 * i]! * images + drawn[2 * i + 1]!
  return pairs
}

/** Adds up what is drawn for each resample. An array of sums would be read and written at every draw, so there are eight variables. */
function addDrawn(values: Float64Array, drawn: Uint32Array, into: Float64Array): void {
  const draws = (drawn.length * WIDTH) / into.length
  for (let out = 0, at = 0; out < into.length; out += WIDTH) {
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0]
    for (const end = at + draws; at < end; at++) {
      const v = drawn[at]! * WIDTH
      a += values[v]!
      b += values[v + 1]!
      c += values[v + 2]!
      d += values[v + 3]!
      e += values[v + 4]!
      f += values[v + 5]!
      g += values[v + 6]!
      h += values[v + 7]!
    }
    into[out] = a
    into[out + 1] = b
    into[out + 2] = c
    into[out + 3] = d
    into[out + 4] = e
    into[out + 5] = f
    into[out + 6] = g
    into[out + 7] = h
  }
}

/** Fewer than two values do not vary, which is no evidence that their mean is exact. */
export function enough(values: ImageValues): boolean {
  let count = 0
  for (const value of values) if (value !== null && ++count > 1) return true
  return false
}

/** Percentile bootstrap intervals of the rows' means; `null` for a row of fewer than two values. */
export function bootstrapIntervals(rows: readonly ImageValues[], options: ResampleOptions = {}): (Interval | null)[] {
  const resamples = resamplesOf(rows[0]?.length ?? 0, options)
  const { level = resampleDefaults.level } = options
  const means = resampledMeans(rows, resamples)
  return rows.map((row, i) => (enough(row) ? percentileInterval(means[i]!, level, resamples.times) : null))
}
