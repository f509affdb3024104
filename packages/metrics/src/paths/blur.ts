import type { InputImage } from '../types.ts'
import type { Walk } from './walk.ts'

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

/** The image blurred by a Gaussian of `sigma` pixels, edges repeated. */
export const gaussianBlur = ({ values, width, height }: InputImage, sigma: number): Float32Array =>
  blurAxis(blurAxis(values, sigma, width, 1), sigma, height, width)

/** The image blurred by a Gaussian; steps are standard deviations in pixels of the input. */
export const blurSteps = ({ image }: Walk, steps: readonly number[]): Float32Array[] =>
  steps.map(sigma => gaussianBlur(image, sigma))
