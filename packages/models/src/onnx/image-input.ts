import type { Size } from '../architecture/config.ts'
import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'
import type { OnnxFile, OnnxValue } from './file.ts'

/** The input of a graph that takes the image. */
export interface ImageInput {
  readonly name: string
  readonly size: Size
  /** The batch that is written down, if one is. */
  readonly batch: number | undefined
  /** Whether it is `[batch, height, width, channel]`. */
  readonly channelsLast: boolean
}

/**
 * Finds the image among the inputs: the one with four axes.
 *
 * @param asked the size of images, where the file leaves it open
 */
export function imageInput({ inputs, tensors }: OnnxFile, asked: Size | undefined): ImageInput {
  // Old files list weights among their inputs.
  const given = inputs.filter(({ name }) => !tensors.has(name))
  const [image, ...others] = given.filter(({ shape }) => shape?.length === 4)
  if (!image?.shape || others.length > 0)
    throw new ModelError(
      `expected one input with four axes, got ${given.map(described).join(', ') || 'none'}: not an image classifier`,
    )
  const { name, shape } = image
  const [batch, second, third, fourth] = shape
  const channelsLast = fourth === 3 && second !== 3
  const [channels, height, width] = channelsLast ? [fourth, second, third] : [second, third, fourth]
  if (typeof channels === 'number' && channels !== 3)
    throw new ModelError(`expected images of three colours, got ${described(image)}`)
  if (typeof batch === 'number' && batch !== 1)
    throw new ModelError(
      `expected a batch that is left open or 1, got ${described(image)}; export the model with one image`,
    )
  const size = { height: sizeOf(image, height, asked?.height), width: sizeOf(image, width, asked?.width) }
  return { name, size, batch: typeof batch === 'number' ? batch : undefined, channelsLast }
}

function sizeOf(image: OnnxValue, said: number | string | undefined, asked: number | undefined): number {
  if (typeof said !== 'number') {
    if (asked !== undefined) return asked
    throw new ModelError(`does not say how large images are (${described(image)}); say model.onnx[size=224]`)
  }
  if (said < 1 || said > 2 ** 14)
    throw new ModelError(`expected images of 1 to 16384 pixels a side, got ${described(image)}`)
  if (asked !== undefined && asked !== said)
    throw new ModelError(
      `takes images of ${described(image)} only, and was asked for ${asked}: shapes of this file are written down`,
    )
  return said
}

const described = ({ name, shape }: OnnxValue): string =>
  `${shown(name)} ${shape ? `[${shape.map(n => shown(n)).join(', ')}]` : 'of any shape'}`
