import { gridOf, truthPixels } from '../localization/truth.ts'
import type { Protocol } from '../protocol.ts'
import type { Box, InputImage, Size, Truth } from '../types.ts'
import { once } from './once.ts'
import { contrast } from './sobel.ts'

/** An image and the truth about one class, common to the maps of all methods. */
export interface ImageTruth {
  readonly grid: Size
  /** 1 where the truth is, on the protocol's grid; `null` where no pixel is annotated. */
  readonly object: Uint8Array | null
  readonly image: InputImage
  /** Of the truth, in pixels of the grid. */
  readonly boxes: readonly Box[]
  /** Whether the truth is small and something else is in the image: its boxes cover less than a quarter. */
  readonly difficult: boolean
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
  const { width, height, others = 0 } = truth
  const scaled = truth.boxes.map((box): Box => {
    const [across, down] = [grid.width / width, grid.height / height]
    return [box[0] * across, box[1] * down, box[2] * across, box[3] * down]
  })
  const covered = truth.boxes.reduce((sum, [xmin, ymin, xmax, ymax]) => sum + (xmax - xmin) * (ymax - ymin), 0)
  return {
    grid,
    boxes: scaled,
    difficult: others > 0 && covered < (width * height) / 4,
    object: truthPixels(protocol.localization.truth, truth, grid),
    image,
    get contrast() {
      return pixels()
    },
  }
}
