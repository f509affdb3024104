import { ModelError } from '../errors.ts'
import type { ModelInput } from '../explainable.ts'
import type { Size } from './config.ts'
import { type Filter, type RgbPixels, resizeAntialiased } from './resize.ts'

/** How a picture of any size becomes one of the model's size. */
export interface Fit {
  /** `squash`: both sides take the given size; `shortest-edge`: the shorter one does and the shape stays. The centre is then cut out. */
  readonly mode: 'squash' | 'shortest-edge'
  readonly size: Size
  readonly filter: Filter
  /** Where an odd margin is halved: `down`, or to the nearest even number as torchvision does. */
  readonly margin: 'down' | 'half-even'
}

/**
 * Writes an 8-bit RGB image `[row, column, channel]` of the model's size as its input `[channel, row, column]`:
 * (pixel / 255 - mean) / std, in float32.
 */
export function normalise(
  { imageSize, mean: means, std: deviations }: Pick<ModelInput, 'imageSize' | 'mean' | 'std'>,
  image: RgbPixels,
  out: Float32Array = new Float32Array(image.data.length),
): Float32Array {
  const { height, width } = imageSize
  if (image.width !== width || image.height !== height)
    throw new ModelError(`expected an image of ${width} x ${height} pixels, got ${image.width} x ${image.height}`)
  const area = width * height
  means.forEach((mean, channel) => {
    const std = deviations[channel] ?? 1
    const table = Float32Array.from({ length: 256 }, (_, level) => (Math.fround(level / 255) - mean) / std)
    for (let i = 0; i < area; i++) out[channel * area + i] = table[image.data[i * 3 + channel] ?? 0] ?? 0
  })
  return out
}

/** Where the model's picture lies in a resized picture of another size. */
export interface Placement {
  /** The whole picture after the resize. */
  readonly resized: Size
  /** Pixels of it left of and above what is cut out; negative where the picture is smaller and black is added. */
  readonly left: number
  readonly top: number
}

const half: Readonly<Record<Fit['margin'], (difference: number) => number>> = {
  down: difference => Math.floor(difference / 2),
  'half-even': difference => {
    const below = Math.floor(difference / 2)
    if (difference < 0) return Math.ceil(difference / 2)
    return difference % 2 === 0 || below % 2 === 0 ? below : below + 1
  },
}

/** Where a picture of the given size ends up: a point (x, y) of it comes to (x * resized.width / width - left, …). */
export function placementOf(fit: Fit, model: Size, picture: Size): Placement {
  const resized = fit.mode === 'squash' ? fit.size : covering(fit.size, picture)
  const margin = half[fit.margin]
  return { resized, left: margin(resized.width - model.width), top: margin(resized.height - model.height) }
}

/** The picture's shape, just large enough to cover the size. torchvision truncates for a square, timm rounds for other shapes. */
function covering(size: Size, picture: Size): Size {
  const [across, down] = [size.width / picture.width, size.height / picture.height]
  const round = size.width === size.height ? Math.trunc : Math.round
  return across >= down
    ? { width: size.width, height: round((size.width * picture.height) / picture.width) }
    : { width: round((size.height * picture.width) / picture.height), height: size.height }
}

/** Brings a picture to the model's size as the model's own preprocessing does: resized, then cut out of the centre. */
export function fitPicture(fit: Fit, model: Size, picture: RgbPixels): RgbPixels {
  const { resized, left, top } = placementOf(fit, model, picture)
  const whole = resizeAntialiased(picture, resized.width, resized.height, fit.filter)
  if (left === 0 && top === 0 && resized.width === model.width && resized.height === model.height) return whole
  const data = new Uint8Array(model.width * model.height * 3)
  const [from, to] = [Math.max(left, 0), Math.min(left + model.width, resized.width)]
  for (let row = Math.max(0, -top); row < Math.min(model.height, resized.height - top); row++) {
    const start = (row + top) * resized.width
    data.set(whole.data.subarray(3 * (start + from), 3 * (start + to)), 3 * (row * model.width + from - left))
  }
  return { width: model.width, height: model.height, data }
}
