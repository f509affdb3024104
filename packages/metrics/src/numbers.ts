/** A list with a number for each image, `null` where it has none. */
type Numbers = readonly (number | null)[]

/** Mean of the numbers that are there; `NaN` without any. */
export function meanOf(values: Numbers): number {
  let [sum, count] = [0, 0]
  for (const value of values) {
    if (value === null) continue
    sum += value
    count++
  }
  return sum / count
}

/** The middle number, or the mean of the two middle ones; `NaN` without any. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

/** Position of the least number; of the first one where several are least, and -1 without any. */
const indexOfLeast = (values: readonly number[]): number => values.indexOf(Math.min(...values))

/** The threshold of the study. */
const STUDY = 0.5

/**
 * Position of the threshold that is nearest to another one, by default to the study's 0.5; the lower one of two that are equally near, and
 * -1 without thresholds. `imageValues` reads a metric there, divided as the protocol says, when it is asked for `at: 'fixed'`.
 *
 * @example
 * nearestThreshold([0.2, 0.45, 0.8]) // 1
 */
export const nearestThreshold = (thresholds: readonly number[], to: number = STUDY): number =>
  indexOfLeast(thresholds.map(threshold => Math.abs(threshold - to)))

/** A share in words, such as `90 %`. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`

/** A factor without the digits that subtraction leaves behind: `0.7` for 1 - 0.3. */
export const times = (factor: number): string => String(Number(factor.toPrecision(6)))

/** `count` numbers from 0 to 1, equally far apart. */
export const evenly = (count: number): number[] => Array.from({ length: count }, (_, i) => i / (count - 1))

/** The whole numbers from 0 to `length` - 1. */
export function upTo(length: number): Uint32Array {
  const numbers = new Uint32Array(length)
  for (let i = 0; i < length; i++) numbers[i] = i
  return numbers
}
