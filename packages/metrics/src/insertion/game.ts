import { MetricError } from '../errors.ts'
import type { PixelMask, RankedPixels } from '../faithfulness/ties.ts'

/** Probability of the explained class at each step, from the first to the last. */
export interface InsertionCurves {
  /** From the blurred image to the image, the most relevant pixels first. */
  readonly insertion: readonly number[]
  /** From the image to one without any pixel, the most relevant pixels first. */
  readonly deletion: readonly number[]
}

/** What is taken away at each step of both curves, 1 where a pixel is. */
export type InsertionMasks = { readonly [Curve in keyof InsertionCurves]: readonly PixelMask[] }

/**
 * The masks of the steps, `steps + 1` of each: every step takes `ceil(pixels / steps)` more pixels, the last one what is left. What Insertion takes away
 * is what Deletion has not taken away yet.
 *
 * @param pixels those of a map, in order
 * @throws {MetricError} if there are more steps than pixels, or none
 */
export function insertionMasks({ morf: { pixels } }: RankedPixels, steps: number): InsertionMasks {
  const { length } = pixels
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= length))
    throw new MetricError('insertion', `expected 1 to ${length} steps, got ${steps}`)
  const each = Math.ceil(length / steps)
  const deletion = [new Uint8Array(length)]
  for (let i = 0; i < steps; i++) {
    const mask = Uint8Array.from(deletion[i]!)
    for (const pixel of pixels.subarray(i * each, (i + 1) * each)) mask[pixel] = 1
    deletion.push(mask)
  }
  return { deletion, insertion: deletion.map(mask => mask.map(taken => 1 - taken)) }
}
