import type { PixelMask } from '../faithfulness/ties.ts'
import { normals } from '../random.ts'
import type { InputImage, Size } from '../types.ts'
import { meanColour } from './mean-colour.ts'

/** Weight of a neighbour at a side and of one at a corner, as in the authors' code. */
const SIDE = 1 / 6
const CORNER = 1 / 12

/** Relative residual at which a solution is taken. */
const TOLERANCE = 1e-5

/**
 * The equations of a mask: each unknown pixel is the weighted mean of those of its eight neighbours that lie in the image. Vectors have a border of one
 * zero around the image, so that every pixel has eight neighbours.
 */
interface System {
  /** Positions of the unknown pixels in the bordered image. */
  readonly unknown: Int32Array
  /** Sum of the weights of the neighbours in the image, of each unknown pixel. */
  readonly weight: Float64Array
  readonly stride: number
}

const cells = ({ width, height }: Size): number => (width + 2) * (height + 2)

function systemOf(mask: PixelMask, { width, height }: Size): System {
  const stride = width + 2
  const found: number[] = []
  const weights: number[] = []
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] !== 1) continue
      const [across, down] = [Number(x > 0) + Number(x < width - 1), Number(y > 0) + Number(y < height - 1)]
      found.push((y + 1) * stride + x + 1)
      weights.push(SIDE * (across + down) + CORNER * across * down)
    }
  return { unknown: Int32Array.from(found), weight: Float64Array.from(weights), stride }
}

/** The weighted sum of the neighbours of each unknown pixel. */
function neighbours({ unknown, stride }: System, x: Float64Array, out: Float64Array): void {
  for (let k = 0; k < unknown.length; k++) {
    const i = unknown[k]!
    const [up, down] = [i - stride, i + stride]
    out[k] =
      SIDE * (x[i - 1]! + x[i + 1]! + x[up]! + x[down]!) +
      CORNER * (x[up - 1]! + x[up + 1]! + x[down - 1]! + x[down + 1]!)
  }
}

/**
 * Solves for the unknown pixels of one channel, in place, by conjugate gradients (Hestenes & Stiefel 1952) with the weights as preconditioner: the
 * matrix is symmetric, and positive definite where at least one pixel is known.
 *
 * @param x bordered; what the unknown pixels hold is where the search begins
 */
function solve(system: System, x: Float64Array): void {
  const { unknown, weight } = system
  const { length } = unknown
  const [residual, direction] = [new Float64Array(length), new Float64Array(x.length)]
  const product = new Float64Array(length)
  neighbours(system, x, product)
  let [scale, rho] = [0, 0]
  for (let k = 0; k < length; k++) {
    residual[k] = product[k]! - weight[k]! * x[unknown[k]!]!
    direction[unknown[k]!] = residual[k]! / weight[k]!
    rho += residual[k]! ** 2 / weight[k]!
    scale += weight[k]! * x[unknown[k]!]! ** 2
  }
  const enough = TOLERANCE ** 2 * scale
  for (let round = 0; rho > enough && round < 10 * length; round++) {
    neighbours(system, direction, product)
    let curvature = 0
    for (let k = 0; k < length; k++) {
      const d = direction[unknown[k]!]!
      product[k] = weight[k]! * d - product[k]!
      curvature += d * product[k]!
    }
    const step = rho / curvature
    let next = 0
    for (let k = 0; k < length; k++) {
      x[unknown[k]!]! += step * direction[unknown[k]!]!
      residual[k]! -= step * product[k]!
      next += residual[k]! ** 2 / weight[k]!
    }
    for (let k = 0; k < length; k++) {
      const i = unknown[k]!
      direction[i] = residual[k]! / weight[k]! + (next / rho) * direction[i]!
    }
    rho = next
  }
}

/**
 * Fills the unknown pixels: half the size is solved first, where a cell is known if one of its pixels is, and its solution is where the search begins.
 *
 * @param values one channel, `[height, width]`
 */
function fill(values: Float64Array, mask: PixelMask, size: Size, fallback: number): void {
  const { width, height } = size
  const x = new Float64Array(cells(size))
  if (width > 4 && height > 4) {
    const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
    const [sums, counts] = [new Float64Array(half.width * half.height), new Float64Array(half.width * half.height)]
    for (let p = 0; p < values.length; p++) {
      if (mask[p] === 1) continue
      const cell = (Math.floor(p / width) >> 1) * half.width + ((p % width) >> 1)
      sums[cell]! += values[p]!
      counts[cell]! += 1
    }
    const coarse = sums.map((sum, i) => (counts[i]! > 0 ? sum / counts[i]! : fallback))
    const missing = Uint8Array.from(counts, count => Number(count === 0))
    fill(coarse, missing, half, fallback)
    for (let p = 0; p < values.length; p++) {
      const cell = (Math.floor(p / width) >> 1) * half.width + ((p % width) >> 1)
      if (mask[p] === 1) values[p] = coarse[cell]!
    }
  }
  const stride = width + 2
  for (let y = 0; y < height; y++) x.set(values.subarray(y * width, (y + 1) * width), (y + 1) * stride + 1)
  solve(systemOf(mask, size), x)
  for (let y = 0; y < height; y++) values.set(x.subarray((y + 1) * stride + 1, (y + 1) * stride + 1 + width), y * width)
}

/**
 * Noisy linear imputation, the removal of ROAD (Rong et al., A Consistent and Efficient Evaluation Strategy for Attribution Methods, ICML 2022).
 * Where no pixel is left to impute from, the mean colour of the image.
 *
 * @param noise standard deviation of the Gaussian noise that imputed pixels have; the same for every mask of an image
 */
export function imputer(
  image: InputImage & { readonly seed: number },
  noise: number,
): (mask: PixelMask, out: Float32Array) => void {
  const { values, width, height, seed } = image
  const area = width * height
  const colour = meanColour(image)
  const deviations = noise === 0 ? undefined : normals(values.length, seed)
  return (mask, out) => {
    const nothing = mask.every(taken => taken === 1)
    for (const [channel, mean] of colour.entries()) {
      const pixels = Float64Array.from(values.subarray(channel * area, (channel + 1) * area))
      if (nothing) pixels.fill(mean)
      else fill(pixels, mask, image, mean)
      out.set(pixels, channel * area)
    }
    if (deviations) for (let i = 0; i < out.length; i++) if (mask[i % area] === 1) out[i]! += noise * deviations[i]!
  }
}
