import { MetricError } from '../errors.ts'
import type { Metric } from '../metrics.ts'
import { type ResampleOptions, type Resamples, resampleDefaults, resamplesOf } from './draws.ts'
import { type Interval, percentileInterval } from './percentiles.ts'
import type { ImageValues } from './resample.ts'

/** How well a metric tells maps that should score well from maps that know nothing. */
export interface Worth {
  /** Share of the pairs of a ceiling's and a control's value in which the ceiling's is better, equal ones counted half; `null` without pairs. */
  readonly auc: number | null
  /** Percentile bootstrap interval over the images. */
  readonly interval: Interval | null
}

/** Values in ascending order: which image each is of, whether it should be a high one, and whether the next one is greater. */
interface Sorted {
  readonly image: Uint32Array
  readonly better: Uint8Array
  readonly last: Uint8Array
}

/**
 * What a metric is worth: the area under the ROC curve of its values as a test for what should score well among that and controls (Hanley & McNeil, The
 * Meaning and Use of the Area under a ROC Curve, Radiology 143, 1982). 1 if every value of the former is better than every value of a control,
 * 0.5 if the metric tells nothing. Images are resampled, each with the values of all its maps, since those depend on each other.
 *
 * @param ceilings values per image of what should score well: maps that are told the truth, or methods
 * @param controls values per image of methods that know nothing
 * @throws {MetricError} if methods have different numbers of images
 *
 * @example
 * worthOf([[0.9, 0.8, 0.7]], [[0.1, 0.2, 0.75]], 'higher').auc // 8 of 9 pairs
 */
export function worthOf(
  ceilings: readonly ImageValues[],
  controls: readonly ImageValues[],
  direction: Metric['direction'],
  options: ResampleOptions = {},
): Worth {
  const rows = [...ceilings, ...controls]
  const images = rows[0]?.length ?? 0
  if (rows.some(row => row.length !== images)) {
    throw new MetricError('statistics', `expected ${images} values per method, got ${rows.map(row => row.length)}`)
  }
  const sorted = sortedValues(rows, ceilings.length, direction === 'higher' ? 1 : -1)
  const auc = areaIn(sorted, new Uint32Array(images).fill(1))
  if (Number.isNaN(auc)) return { auc: null, interval: null }
  if (new Set(sorted.image).size < 2) return { auc, interval: null }
  const resamples = resamplesOf(images, options)
  const areas = new Float64Array(resamples.times.length)
  const areaOf = resampledArea(sorted, images)
  let r = 0
  for (const counts of countsIn(resamples)) areas[r++] = areaOf(counts)
  return { auc, interval: percentileInterval(areas, options.level ?? resampleDefaults.level, resamples.times) }
}

/** The values that are there, of which those of the first `ceilings` rows should be the better ones. */
function sortedValues(rows: readonly ImageValues[], ceilings: number, sign: 1 | -1): Sorted {
  const scored = rows
    .flatMap((row, i) =>
      row.map((value, image) => (value === null ? null : { value: sign * value, image, better: i < ceilings })),
    )
    .filter(one => one !== null)
    .sort((a, b) => a.value - b.value)
  return {
    image: Uint32Array.from(scored, ({ image }) => image),
    better: Uint8Array.from(scored, ({ better }) => Number(better)),
    last: Uint8Array.from(scored, ({ value }, i) => Number(value !== scored[i + 1]?.value)),
  }
}

/** The area with each image counted as often as it was drawn; `NaN` without values on one side. */
function areaIn({ image, better, last }: Sorted, counts: Uint32Array): number {
  let [won, ceilings, controls, equalCeilings, equalControls] = [0, 0, 0, 0, 0]
  for (let i = 0; i < image.length; i++) {
    const count = counts[image[i]!]!
    if (better[i] === 1) equalCeilings += count
    else equalControls += count
    if (last[i] === 0) continue
    won += equalCeilings * (controls + equalControls / 2)
    ceilings += equalCeilings
    controls += equalControls
    equalCeilings = 0
    equalControls = 0
  }
  return won / (ceilings * controls)
}

/** One step through the sorted values takes as long as so many products of a matrix. */
const STEP = 8

/** The area as a function of how often each image was drawn, in the way that takes less time; both give the same. */
const resampledArea = (sorted: Sorted, images: number): ((counts: Uint32Array) => number) =>
  images ** 2 > STEP * sorted.image.length ? counts => areaIn(sorted, counts) : areaByImages(sorted, images)

/** The area from how many pairs the better ones win between every two images: the same for all resamples but for the counts. */
function areaByImages({ image, better, last }: Sorted, images: number): (counts: Uint32Array) => number {
  const won = new Float64Array(images * images)
  const [ceilings, controls] = [new Uint32Array(images), new Uint32Array(images)]
  /** Controls that are less than the present values. */
  const below = new Uint32Array(images)
  for (let start = 0, i = 0; i < image.length; i++) {
    if (last[i] === 0) continue
    const equal = image.subarray(start, i + 1)
    const half = new Float64Array(images)
    for (const [k, at] of equal.entries()) if (better[start + k] === 0) half[at]! += 0.5
    for (const [k, at] of equal.entries()) {
      if (better[start + k] === 0) continue
      ceilings[at]!++
      for (let j = 0; j < images; j++) won[at * images + j]! += below[j]! + half[j]!
    }
    for (const [k, at] of equal.entries()) {
      if (better[start + k] === 1) continue
      below[at]!++
      controls[at]!++
    }
    start = i + 1
  }
  return counts => {
    let [sum, first, second] = [0, 0, 0]
    for (let i = 0; i < images; i++) {
      const count = counts[i]!
      if (count === 0) continue
      let row = 0
      for (let j = 0, at = i * images; j < images; j++, at++) row += counts[j]! * won[at]!
      sum += count * row
      first += count * ceilings[i]!
      second += count * controls[i]!
    }
    return sum / (first * second)
  }
}

/** How often each image was drawn, resample by resample; the same list is filled anew each time. */
function* countsIn({ images, blocks }: Resamples): Generator<Uint32Array> {
  const counts = new Uint32Array(images)
  for (const drawn of blocks) {
    for (let at = 0; at < drawn.length; at += images) {
      counts.fill(0)
      for (let i = at; i < at + images; i++) counts[drawn[i]!]!++
      yield counts
    }
  }
}
