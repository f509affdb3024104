import { MetricError } from '../errors.ts'
import { meanOf } from '../numbers.ts'
import { differencesOf } from './compare.ts'
import { resampleDefaults } from './draws.ts'
import { normalQuantile } from './normal.ts'
import type { ImageValues } from './resample.ts'

export interface NeededOptions {
  /** Share of the repetitions in which methods that do not differ are rightly not told apart. */
  readonly level?: number
  /** Share of the repetitions in which methods that differ as measured are told apart. */
  readonly power?: number
}

/**
 * How many images it takes to tell two methods apart, if they differ as they do on the measured images: the size of a paired z test (Cohen,
 * Statistical Power Analysis for the Behavioral Sciences, 1988), `((z(level) + z(power)) * deviation / difference) ** 2`, rounded up, from
 * the mean and the standard deviation (n - 1) of the differences per image. A measured difference is itself uncertain, and so is the answer.
 *
 * @returns `null` where fewer than two images have both values; `Infinity` where the methods do not differ on average
 * @throws {MetricError} if level or power is not between 0 and 1
 *
 * @example
 * imagesNeeded([0.5, 0.7, 0.6, 0.5], [0.4, 0.5, 0.6, 0.5])
 */
export function imagesNeeded(
  first: ImageValues,
  second: ImageValues,
  { level = resampleDefaults.level, power = 0.8 }: NeededOptions = {},
): number | null {
  const differences = differencesOf(first, second).filter(value => value !== null)
  if (differences.length < 2) return null
  const difference = meanOf(differences)
  const squares = differences.reduce((sum, value) => sum + (value - difference) ** 2, 0)
  const images = sampleSize(difference, Math.sqrt(squares / (differences.length - 1)), level, power)
  // A mean of differences that do not vary is found from two.
  return Math.max(2, Math.ceil(images))
}

/** The size, not rounded, of a two-sided z test of a mean; the far side, which hardly ever decides, is neglected. */
export function sampleSize(mean: number, deviation: number, level: number, power: number): number {
  for (const [name, share] of Object.entries({ level, power }))
    if (!(share > 0 && share < 1))
      throw new MetricError('statistics', `expected a ${name} between 0 and 1, got ${share}`)
  if (mean === 0) return Number.POSITIVE_INFINITY
  return ((normalQuantile((1 + level) / 2) + normalQuantile(power)) * (deviation / mean)) ** 2
}
