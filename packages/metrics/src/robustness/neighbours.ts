import { upTo } from '../numbers.ts'
import type { RobustnessRules } from '../protocol.ts'
import { randomSource, uniform } from '../random.ts'

/** How the maps of images close to an image differ from its own, draw by draw. */
export interface Neighbours {
  /** Euclidean distance of both maps at unit norm: 0 to 2. */
  readonly changes: readonly number[]
  /** Root mean square of the difference of both images, in the normalised input. */
  readonly distances: readonly number[]
}

/**
 * Images close to an image: to each value of the normalised input a uniform number is added. Draw k of n adds up to `radius` k / n, so that draws
 * lie near the image and at the ends of the ball.
 *
 * @param input normalised
 */
export function* neighbours(
  { radius, draws }: Pick<RobustnessRules, 'radius' | 'draws'>,
  input: Float32Array,
  seed: number,
): Generator<Float32Array> {
  const source = randomSource(seed)
  for (const draw of upTo(draws)) {
    const most = (radius * (draw + 1)) / draws
    yield input.map(value => value + most * (2 * uniform(source) - 1))
  }
}

/** Root mean square of the difference of two images. */
export function imageDistance(a: Float32Array, b: Float32Array): number {
  let squares = 0
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2
  return Math.sqrt(squares / a.length)
}
