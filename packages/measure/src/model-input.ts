import type { RgbImage } from '@vitrine/datasets/sample'
import { normalise, resizeBilinearAntialiased } from '@vitrine/models/architecture'
import type { Model } from '@vitrine/models/checkpoint'

import { sizeOf } from '@vitrine/tensor'

/**
 * A picture at the size of the model's input: the whole picture, squashed as the study does (Pillow's bilinear filter), so that a map's
 * cells cover all of it and the boxes of its annotation keep their shares of width and height.
 */
export function squash({ transformer }: Model, image: RgbImage): RgbImage {
  const { width, height } = transformer.input.imageSize
  return resizeBilinearAntialiased(image, width, height)
}

/**
 * A picture of any size as the model's input, `[channel, row, column]`.
 *
 * @param out where it is written; a new array if absent
 */
export function writeInput(
  model: Model,
  image: RgbImage,
  out: Float32Array = new Float32Array(sizeOf(model.transformer.imageShape(1))),
): Float32Array {
  normalise(model.transformer.input, squash(model, image), out)
  return out
}
