import { gridOf, truthPixels } from '../localization/truth.ts'
import type { Protocol } from '../protocol.ts'
import type { InputImage, Size, Truth } from '../types.ts'
import { once } from './once.ts'
import { contrast } from './sobel.ts'

/** An image and the truth about one class, common to the maps of all methods. */
export interface ImageTruth {
  readonly grid: Size
  /** 1 where the truth is, on the protocol's grid; `null` where no pixel is annotated. */
  readonly object: Uint8Array | null
  readonly image: InputImage
  /** Sobel magnitude of the model's input, `[height, width]`. */
  readonly contrast: Float64Array
}

/**
 * What maps of one class of an image are held against.
 *
 * @throws {MetricError} if the truth is malformed
 */
export function imageTruth(protocol: Protocol, truth: Truth, image: InputImage): ImageTruth {
  const grid = gridOf(protocol.localization.grid, truth)
  const pixels = once(() => contrast(image))
  return {
    grid,
    object: truthPixels(protocol.localization.truth, truth, grid),
    image,
    get contrast() {
      return pixels()
    },
  }
}
