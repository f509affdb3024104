import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { MetricError } from './errors.ts'
import type { PixelMask } from './perturbation.ts'
import type { Path, Protocol } from './protocol.ts'
import type { InputImage } from './subject.ts'

/** What a path is taken through. */
export interface Walk {
  readonly image: InputImage
  /** The object, 1 where it is, on the input's pixels. */
  readonly object: PixelMask
  /** 32-bit integer: the noise. */
  readonly seed: number
}

const channelsOf = ({ width, height, values }: InputImage): number => values.length / (width * height)

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

/** The object's pixels from left to right, in each column downwards. */
function sweepOf({ image: { width, height }, object }: Walk): number[] {
  const pixels: number[] = []
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) if (object[y * width + x] === 1) pixels.push(y * width + x)
  }
  return pixels
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
    const { values, width, height } = walk.image
    const sweep = sweepOf(walk)
    const opposite = (pixel: number): number => {
      const [x, y] = [pixel % width, Math.floor(pixel / width)]
      return ((y + (height >> 1)) % height) * width + ((x + (width >> 1)) % width)
    }
    return steps.map(share => {
      const out = values.slice()
      for (const pixel of sweep.slice(0, Math.round(share * sweep.length))) {
        for (let c = 0; c < channelsOf(walk.image); c++) {
          out[c * width * height + pixel] = values[c * width * height + opposite(pixel)]!
        }
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
export function objectOnInput(
  object: Uint8Array,
  grid: { readonly width: number; readonly height: number },
  { width, height }: InputImage,
): PixelMask {
  return Uint8Array.from({ length: width * height }, (_, p) => {
    const x = Math.floor((((p % width) + 0.5) * grid.width) / width)
    const y = Math.floor(((Math.floor(p / width) + 0.5) * grid.height) / height)
    return object[y * grid.width + x]!
  })
}
