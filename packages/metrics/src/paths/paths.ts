import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { MetricError } from '../errors.ts'
import type { PixelMask } from '../faithfulness/ties.ts'
import type { Size } from '../map/heatmap.ts'
import type { InputImage } from '../map/image-truth.ts'
import { resizeBilinear } from '../map/resize.ts'
import type { Path, Protocol } from '../protocol.ts'
import type { Box } from '../types.ts'

/** What a path is taken through. */
export interface Walk {
  readonly image: InputImage
  /** The object, 1 where it is, on the input's pixels. */
  readonly object: PixelMask
  /** Around a thing of no class in the same image, in whole pixels of the input, half open; `null` where none is known. */
  readonly distractor: Box | null
  /** 32-bit integer: the noise. */
  readonly seed: number
}

/** Standard normal numbers (Box & Muller, A Note on the Generation of Random Normal Deviates, 1958). */
function normals(length: number, seed: number): Float32Array {
  const random = xoroshiro128plus(seed)
  const out = new Float32Array(length)
  for (let i = 0; i < length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)))
    const angle = 2 * Math.PI * uniformFloat64(random)
    out[i] = radius * Math.cos(angle)
    if (i + 1 < length) out[i + 1] = radius * Math.sin(angle)
  }
  return out
}

/** One axis of a Gaussian blur cut at three standard deviations, edges repeated; `stride` apart along the axis of `length`. */
function blurAxis(values: Float32Array, sigma: number, length: number, stride: number): Float32Array {
  const reach = Math.ceil(3 * sigma)
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const out = new Float32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const place = Math.floor(i / stride) % length
    const first = i - place * stride
    let sum = 0
    for (let k = -reach; k <= reach; k++) {
      const at = Math.min(Math.max(place + k, 0), length - 1)
      sum += weights[k + reach]! * values[first + at * stride]!
    }
    out[i] = sum / total
  }
  return out
}

/** What hides an object: which pixels it covers, in the order in which they go, and the image that they show then. */
interface Cover {
  readonly pixels: readonly number[]
  readonly values: Float32Array
}

/** Pixels of a box from left to right, in each column downwards. */
function sweepOf([left, top, right, bottom]: Box, width: number): number[] {
  const pixels: number[] = []
  for (let x = left; x < right; x++) for (let y = top; y < bottom; y++) pixels.push(y * width + x)
  return pixels
}

/** The picture of the distractor, stretched over the object's box. */
function coverByDistractor({ values, width, height }: InputImage, place: Box, [x0, y0, x1, y1]: Box): Cover {
  const pixels = sweepOf(place, width)
  const [across, down] = [place[2] - place[0], place[3] - place[1]]
  const area = width * height
  const out = values.slice()
  for (let channel = 0; channel < values.length; channel += area) {
    const picture = Float32Array.from({ length: (x1 - x0) * (y1 - y0) }, (_, i) => {
      const [x, y] = [x0 + (i % (x1 - x0)), y0 + Math.floor(i / (x1 - x0))]
      return values[channel + y * width + x]!
    })
    const stretched = resizeBilinear(picture, y1 - y0, x1 - x0, down, across)
    for (const [i, pixel] of pixels.entries())
      out[channel + pixel] = stretched[(i % down) * across + Math.floor(i / down)]!
  }
  return { pixels, values: out }
}

/** What the image shows half a picture away, in the object's shape. */
function coverFromElsewhere({ image, object }: Walk, place: Box): Cover {
  const { values, width, height } = image
  const pixels = sweepOf(place, width).filter(pixel => object[pixel] === 1)
  const area = width * height
  const out = values.slice()
  for (const pixel of pixels) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)]
    const opposite = ((y + (height >> 1)) % height) * width + ((x + (width >> 1)) % width)
    for (let channel = 0; channel < values.length; channel += area) out[channel + pixel] = values[channel + opposite]!
  }
  return { pixels, values: out }
}

/** The smallest box around a mask; empty where it has no pixel. */
function boxAround(mask: PixelMask, { width, height }: InputImage): Box {
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] !== 1) continue
      left = Math.min(left, x)
      top = Math.min(top, y)
      right = Math.max(right, x + 1)
      bottom = Math.max(bottom, y + 1)
    }
  }
  return [Math.min(left, right), Math.min(top, bottom), right, bottom]
}

/** A path that is the same for all methods. */
export type SharedPath = Exclude<Path, { kind: 'removal' }>

const images: { readonly [Kind in SharedPath['kind']]: (walk: Walk, steps: readonly number[]) => Float32Array[] } = {
  noise({ image: { values }, seed }, steps) {
    const noise = normals(values.length, seed)
    return steps.map(deviation => values.map((value, i) => value + deviation * noise[i]!))
  },
  blur({ image: { values, width, height } }, steps) {
    return steps.map(sigma => blurAxis(blurAxis(values, sigma, width, 1), sigma, height, width))
  },
  occlusion(walk, steps) {
    const { image, object, distractor } = walk
    const place = boxAround(object, image)
    const cover = distractor ? coverByDistractor(image, place, distractor) : coverFromElsewhere(walk, place)
    // A step ends before the first pixel of the object that it leaves.
    const ends = cover.pixels.flatMap((pixel, i) => (object[pixel] === 1 ? [i] : []))
    return steps.map(share => {
      const out = image.values.slice()
      for (const pixel of cover.pixels.slice(0, ends[Math.round(share * ends.length)])) {
        for (let at = pixel; at < out.length; at += image.width * image.height) out[at] = cover.values[at]!
      }
      return out
    })
  },
}

/** The image at every step of a path that all methods share. */
export function sharedSteps({ kind, steps }: SharedPath, walk: Walk): Float32Array[] {
  return images[kind](walk, steps)
}

/**
 * Which pixels a removal takes at each of its steps.
 *
 * @param masks those of the method's MoRF curve, one per step of the protocol's faithfulness
 * @throws {MetricError} if the path asks for a step that the curve does not have
 */
export function removalMasks(
  { faithfulness }: Protocol,
  { steps }: Extract<Path, { kind: 'removal' }>,
  masks: readonly PixelMask[],
): PixelMask[] {
  return steps.map(share => {
    const mask = masks[faithfulness.steps.indexOf(share)]
    if (!mask)
      throw new MetricError('paths', `expected one of the steps ${faithfulness.steps.join(', ')}, got ${share}`)
    return mask
  })
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
