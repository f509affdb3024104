import type { ExplainableModel } from '@vitrine/models'
import type { Numbers, ProgramContext, SampleContext } from '../contract/context.ts'
import { oneOf } from '../contract/options.ts'
import { classGradient } from '../gradients.ts'
import { type Channels, pixelMap } from '../pixels.ts'
import { standardNormal } from './draws.ts'

/**
 * The programs of a method that takes gradients at several images. `gradient`: the gradient of the explained class's logit with respect to
 * the input `image` of each row. `map`: the map of the input `evidence`, which the method made of the gradients.
 */
export function gradientPrograms(
  { model, target, each }: ProgramContext,
  { grain, channels }: { readonly grain: 'patches' | 'pixels'; readonly channels?: Channels },
) {
  const pixels = model.imageShape(1).slice(1)
  const image = each('image', pixels)
  return {
    gradient: classGradient({ trace: model.trace(image), target }, image),
    map: pixelMap(model, each('evidence', pixels), grain, channels),
  }
}

/** One image at which a method takes the gradient, and what it does with it. */
export interface PathPoint {
  readonly image: ArrayLike<number>
  /** Adds this point's part to the total `[3, height, width]`. */
  readonly add: (gradient: Numbers, total: Float64Array) => void
}

// How many gradients are in memory at a time: each is as large as an image.
const KEPT = 32

/**
 * Takes the gradient at `count` points, in batches, adds up the points' parts in their order, and returns what `finish` makes of the total
 * `[3, height, width]` as a map.
 */
export async function pathMap(
  { run, image }: Pick<SampleContext<'gradient' | 'map'>, 'run' | 'image'>,
  count: number,
  point: (i: number) => PathPoint,
  finish: (total: Float64Array) => Float64Array = total => total,
): Promise<Numbers> {
  const total = new Float64Array(image.length)
  for (let start = 0; start < count; start += KEPT) {
    const points = Array.from({ length: Math.min(KEPT, count - start) }, (_, i) => point(start + i))
    const gradients = await run('gradient', points.length, row => ({ image: points[row]?.image ?? [] }))
    points.forEach(({ add }, i) => {
      add(gradients[i] ?? new Float64Array(0), total)
    })
  }
  const evidence = finish(total)
  const [map = evidence] = await run('map', 1, () => ({ evidence }))
  return map
}

/** The colour that stands for an empty image: the training set's mean colour (0 after normalisation), black or white. */
export const baselineOption = oneOf('mean', 'black', 'white')
export type Baseline = 'mean' | 'black' | 'white'

/** A baseline as an image `[3, height, width]`, normalised. */
export function baselineImage({ input: { mean, std, imageSize } }: ExplainableModel, baseline: Baseline): Float64Array {
  const area = imageSize.height * imageSize.width
  const image = new Float64Array(3 * area)
  if (baseline === 'mean') return image
  const colour = baseline === 'white' ? 1 : 0
  mean.forEach((m, channel) => {
    image.fill((colour - m) / (std[channel] ?? 1), channel * area, (channel + 1) * area)
  })
  return image
}

/** A rule of integration on [0, 1]: the integral of a function is the sum of its values at the points, times the weights. */
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

/** The k-th noisy copy of the image, with normal noise of that standard deviation in units of the normalised image. */
export function noisyImage({ image, draw }: SampleContext, k: number, deviation: number): Float64Array {
  const noise = draw(`noise ${k}`, uniform => standardNormal(uniform, image.length))
  const noisy = new Float64Array(image)
  for (let i = 0; i < noisy.length; i++) noisy[i] = (noisy[i] ?? 0) + deviation * (noise[i] ?? 0)
  return noisy
}
