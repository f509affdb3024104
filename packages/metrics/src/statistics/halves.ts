import { MetricError } from '../errors.ts'
import { meanOf } from '../numbers.ts'
import { randomSource, wholeBelow } from '../random.ts'
import { type ResampleOptions, resampleDefaults } from './draws.ts'
import { kendall } from './kendall.ts'
import { type Interval, percentileInterval } from './percentiles.ts'
import type { ImageValues } from './resample.ts'

/** How alike two halves of the images rank methods. */
export interface HalvesAgreement {
  /** Mean of Kendall's tau-b over the splits. */
  readonly tau: number
  /** The middle `level` of the splits. */
  readonly interval: Interval
}

export interface HalvesOptions extends Pick<ResampleOptions, 'seed' | 'level'> {
  /** How many times the images are split at random. */
  readonly splits?: number
}

/**
 * The noise of a ranking: the images are split into two halves at random, methods are ranked by their means on each, and the two rankings
 * are compared by Kendall's tau-b (split-half reliability: Spearman, Correlation Calculated from Faulty Data, British Journal of Psychology 3,
 * 1910; not stepped up to the length of the whole, so it is that of half as many images). Of an odd number of images one is left out each time.
 *
 * @param rows values per image of each method
 * @returns `null` below two methods or four images, or where no split ranks any two methods on both halves
 * @throws {MetricError} if methods have different numbers of images
 *
 * @example
 * halvesAgreement([[0.9, 0.8, 0.9, 0.7], [0.5, 0.6, 0.4, 0.5], [0.1, 0.2, 0.2, 0.1]]) // tau 1: every half has the same order
 */
export function halvesAgreement(
  rows: readonly ImageValues[],
  { splits = 1000, seed = resampleDefaults.seed, level = resampleDefaults.level }: HalvesOptions = {},
): HalvesAgreement | null {
  const images = rows[0]?.length ?? 0
  if (rows.some(row => row.length !== images))
    throw new MetricError('statistics', `expected ${images} values per method, got ${rows.map(row => row.length)}`)
  if (rows.length < 2 || images < 4) return null
  const source = randomSource(seed)
  const order = Uint32Array.from({ length: images }, (_, i) => i)
  const half = images >> 1
  const found: number[] = []
  for (let split = 0; split < splits; split++) {
    // The first `2 * half` places of a shuffle (Fisher-Yates).
    for (let i = 0; i < 2 * half; i++) {
      const j = i + wholeBelow(source, images - i)
      const image = order[i]!
      order[i] = order[j]!
      order[j] = image
    }
    const means = rows
      .map(row => [meanIn(row, order.subarray(0, half)), meanIn(row, order.subarray(half, 2 * half))] as const)
      .filter(both => !both.some(Number.isNaN))
    const tau = kendall(
      means.map(([first]) => first),
      means.map(([, second]) => second),
    )
    if (tau !== null) found.push(tau)
  }
  const interval = percentileInterval(Float64Array.from(found), level)
  return interval && { tau: meanOf(found), interval }
}

function meanIn(row: ImageValues, images: Uint32Array): number {
  let [sum, count] = [0, 0]
  for (const image of images) {
    const value = row[image] ?? null
    if (value === null) continue
    sum += value
    count++
  }
  return sum / count
}
