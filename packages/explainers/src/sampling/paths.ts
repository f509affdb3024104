import type { VisionTransformer } from '@vitrine/models'
import { grad, type Tensor } from '@vitrine/tensor'
import { oneOf } from '../explainer.ts'
import { pick } from '../parts.ts'
import type { Numbers, ProgramContext, SampleContext } from '../sample.ts'
import { patchSums } from './masks.ts'
import { standardNormal } from './random.ts'

/** Whether evidence per pixel is added up over each patch or shown as it is. */
export const grainOption = oneOf('patches', 'pixels')
export type Grain = 'patches' | 'pixels'

/** How the channels of a pixel are reduced. */
export const channelsOption = oneOf('sum', 'sum-abs', 'max-abs')
export type Channels = 'sum' | 'sum-abs' | 'max-abs'

/** The gradient of the explained class's logit with respect to an image that is given for each row: `[batch, 3, height, width]`. */
export function imageGradient({ model, target, each }: ProgramContext): Tensor {
  const { config } = model
  const image = each('image', [3, config.imageSize.height, config.imageSize.width])
  const [gradient = image] = grad(pick(model.trace(image).logits, target), [image])
  return gradient
}

/** The programs of a method that looks at gradients at several images. */
export const gradientPrograms = (context: ProgramContext) => ({ gradient: imageGradient(context) })

/** What a pass contributes: the gradient at `image(i)` times or minus what the method makes of it. */
export interface PathPoint {
  readonly image: ArrayLike<number>
  /** Adds what the gradient at this point says, value by value. */
  readonly add: (gradient: Numbers, total: Float64Array) => void
}

// Gradients are as large as images: only so many are kept at a time.
const KEPT = 32

/** Visits points one after the other, in batches, and adds up what their gradients say: `[3, height, width]`. */
export async function sumOverPath(
  { run, image }: Pick<SampleContext<'gradient'>, 'run' | 'image'>,
  count: number,
  point: (i: number) => PathPoint,
): Promise<Float64Array> {
  const total = new Float64Array(image.length)
  for (let start = 0; start < count; start += KEPT) {
    const points = Array.from({ length: Math.min(KEPT, count - start) }, (_, i) => point(start + i))
    const gradients = await run('gradient', points.length, row => ({ image: points[row]?.image ?? [] }))
    points.forEach(({ add }, i) => {
      add(gradients[i] ?? new Float64Array(0), total)
    })
  }
  return total
}

const CHANNELS: Readonly<Record<Channels, (total: number, value: number) => number>> = {
  sum: (total, value) => total + value,
  'sum-abs': (total, value) => total + Math.abs(value),
  'max-abs': (total, value) => Math.max(total, Math.abs(value)),
}

/** Evidence per input value `[3, height, width]` as a map: channels reduced, pixels added up over patches on request. */
export function pixelEvidence(
  model: VisionTransformer,
  values: Numbers,
  grain: Grain,
  channels: Channels = 'sum',
): Float64Array {
  const { height, width } = model.config.imageSize
  const area = height * width
  const pixels = new Float64Array(area)
  values.forEach((value, i) => {
    pixels[i % area] = CHANNELS[channels](pixels[i % area] ?? 0, value)
  })
  if (grain === 'pixels') return pixels
  return patchSums(model, pixels)
}

/** What stands for "nothing is there": the training set's mean colour (0 after normalisation), black or white. */
export const baselineOption = oneOf('mean', 'black', 'white')
export type Baseline = 'mean' | 'black' | 'white'

/** The value of each channel of a baseline after normalisation. */
export function baselineColour({ config: { mean, std } }: VisionTransformer, baseline: Baseline): number[] {
  if (baseline === 'mean') return [0, 0, 0]
  return mean.map((m, channel) => ((baseline === 'white' ? 1 : 0) - m) / (std[channel] ?? 1))
}

/** Points and weights in [0, 1] whose weighted sum of a function is its integral. */
export interface Quadrature {
  readonly points: readonly number[]
  readonly weights: readonly number[]
}

/** Gauss-Legendre quadrature with `n` points: exact for polynomials up to degree 2n - 1. */
export function gaussLegendre(n: number): Quadrature {
  const roots = Array.from({ length: n }, (_, i) => {
    // Newton's iteration from Tricomi's estimate of the root.
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 0
    for (let step = 0; step < 100; step++) {
      let [previous, value] = [1, x]
      for (let k = 2; k <= n; k++) [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k]
      slope = (n * (x * value - previous)) / (x * x - 1)
      const change = value / slope
      x -= change
      if (Math.abs(change) < 1e-15) break
    }
    return { point: (1 - x) / 2, weight: 1 / ((1 - x * x) * slope * slope) }
  })
  return { points: roots.map(r => r.point), weights: roots.map(r => r.weight) }
}

/** The trapezoidal rule on `n` evenly spaced points. `step` is the spacing that the weights assume: 1 / (n - 1) if absent. */
export function trapezoid(n: number, step = 1 / Math.max(n - 1, 1)): Quadrature {
  const points = Array.from({ length: n }, (_, i) => i / Math.max(n - 1, 1))
  return { points, weights: points.map((_, i) => (i === 0 || i === n - 1 ? step / 2 : step)) }
}

/** The k-th noisy copy of the image. */
export function noisyImage({ image, draw }: SampleContext, k: number, deviation: number): Float64Array {
  const noise = draw(`noise ${k}`, uniform => standardNormal(uniform, image.length))
  return Float64Array.from(image, (x, i) => x + deviation * (noise[i] ?? 0))
}
