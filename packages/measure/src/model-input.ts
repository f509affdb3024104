import type { RgbImage } from '@vitrine/datasets'
import { type Model, normalise, resizeBilinearAntialiased } from '@vitrine/models'

/**
 * A picture at the size of the model's input: the whole picture, squashed as the study does (Pillow's bilinear filter), so that a map's
 * cells cover all of it and the boxes of its annotation keep their shares of width and height.
 */
export function squash({ transformer }: Model, image: RgbImage): RgbImage {
  const { width, height } = transformer.config.imageSize
  return resizeBilinearAntialiased(image, width, height)
}

/** Writes a picture of any size as the model's input, `[channel, row, column]`. */
export function writeInput(model: Model, image: RgbImage, out: Float32Array): void {
  normalise(model.transformer.config, squash(model, image), out)
}
