import { normals } from '../random.ts'
import type { Walk } from './walk.ts'

/** The image with the same Gaussian noise, stronger at each step; steps are standard deviations in the normalised input. */
export function noiseSteps({ image: { values }, seed }: Walk, steps: readonly number[]): Float32Array[] {
  const noise = normals(values.length, seed)
  return steps.map(deviation => values.map((value, i) => value + deviation * noise[i]!))
}
