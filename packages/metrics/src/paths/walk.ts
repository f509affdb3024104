import type { PixelMask } from '../faithfulness/ties.ts'
import type { Box, InputImage, Size } from '../types.ts'

/** An image, and what the paths need to know of it. */
export interface Walk {
  readonly image: InputImage
  /** The object, 1 where it is, on the input's pixels. */
  readonly object: PixelMask
  /** Around a thing of no class in the same image, in whole pixels of the input, half open; `null` where none is known. */
  readonly distractor: Box | null
  /** 32-bit integer that decides the noise. */
  readonly seed: number
}

/** The truth on the pixels of the model's input, each taking the pixel of the truth's grid that its centre falls on. */
export function objectOnInput(object: Uint8Array, grid: Size, { width, height }: InputImage): PixelMask {
  return Uint8Array.from({ length: width * height }, (_, p) => {
    const x = Math.floor((((p % width) + 0.5) * grid.width) / width)
    const y = Math.floor(((Math.floor(p / width) + 0.5) * grid.height) / height)
    return object[y * grid.width + x]!
  })
}

/** A box of an image on the pixels of the model's input: every pixel that it touches. */
export function boxOnInput([xmin, ymin, xmax, ymax]: Box, image: Size, { width, height }: InputImage): Box {
  const [across, down] = [width / image.width, height / image.height]
  return [Math.floor(xmin * across), Math.floor(ymin * down), Math.ceil(xmax * across), Math.ceil(ymax * down)]
}
