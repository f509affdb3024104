import { MetricError } from '../errors.ts'
import type { PixelMask, RankedPixels } from '../faithfulness/ties.ts'
import { evenly } from '../numbers.ts'
import type { InsertionRules } from '../protocol.ts'

/** Probability of the explained class at each step, from the first to the last. */
export interface InsertionCurves {
  /** The shares of the pixels that are in, or out, at each step; from 0 to 1. */
  readonly shares: readonly number[]
  /** From the blurred image to the image, the most relevant pixels first. */
  readonly insertion: readonly number[]
  /** From the image to one without any pixel, the most relevant pixels first. */
  readonly deletion: readonly number[]
}

/** What is taken away at each step of both curves, 1 where a pixel is. */
export type InsertionMasks = { readonly [Curve in 'insertion' | 'deletion']: readonly PixelMask[] }

/** How many pixels each step takes: of equal steps `ceil(pixels / steps)` more each, the last one what is left; of shares, rounded down. */
function countsOf(steps: InsertionRules['steps'], length: number): number[] {
  if (typeof steps !== 'number') return steps.map(share => Math.floor(length * share))
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= length))
    throw new MetricError('insertion', `expected 1 to ${length} steps, got ${steps}`)
  const each = Math.ceil(length / steps)
  return Array.from({ length: steps + 1 }, (_, i) => Math.min(i * each, length))
}

/** The shares at which both curves have a value; equal steps are as far apart, also where the last one takes fewer pixels. */
export const insertionShares = (steps: InsertionRules['steps']): readonly number[] =>
  typeof steps === 'number' ? evenly(steps + 1) : steps

/**
 * The masks of the steps, from none to all. What Insertion takes away is what Deletion has not taken away yet.
 *
 * @param pixels those of a map, in order
 * @throws {MetricError} if there are more steps than pixels, or none
 */
export function insertionMasks({ morf: { pixels } }: RankedPixels, steps: InsertionRules['steps']): InsertionMasks {
  const { length } = pixels
  const counts = countsOf(steps, length)
  const deletion: Uint8Array[] = []
  for (const [i, count] of counts.entries()) {
    const mask = Uint8Array.from(deletion[i - 1] ?? new Uint8Array(length))
    for (const pixel of pixels.subarray(counts[i - 1] ?? 0, count)) mask[pixel] = 1
    deletion.push(mask)
  }
  return { deletion, insertion: deletion.map(mask => mask.map(taken => 1 - taken)) }
}
