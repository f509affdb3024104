import type { VisionTransformerConfig } from './config.ts'
import { ModelError } from './errors.ts'

/**
 * Writes an 8-bit RGB image `[row, column, channel]` of the model's size as its input `[channel, row, column]`:
 * (pixel / 255 - mean) / std, in float32.
 */
export function normalise(
  config: VisionTransformerConfig,
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  out: Float32Array = new Float32Array(image.data.length),
): Float32Array {
  const { height, width } = config.imageSize
  if (image.width !== width || image.height !== height)
    throw new ModelError(`expected an image of ${width} x ${height} pixels, got ${image.width} x ${image.height}`)
  const area = width * height
  config.mean.forEach((mean, channel) => {
    const std = config.std[channel] ?? 1
    const table = Float32Array.from({ length: 256 }, (_, level) => (Math.fround(level / 255) - mean) / std)
    for (let i = 0; i < area; i++) out[channel * area + i] = table[image.data[i * 3 + channel] ?? 0] ?? 0
  })
  return out
}
