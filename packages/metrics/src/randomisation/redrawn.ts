import { normals } from '../random.ts'

/**
 * Other numbers of the same scale: drawn from the normal distribution with the mean and the standard deviation of the given ones. An array of equal
 * numbers stays as it is.
 */
export function redrawn(values: Float32Array, seed: number): Float32Array<ArrayBuffer> {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  const deviation = Math.sqrt(variance)
  const out = new Float32Array(values.length)
  for (const [i, normal] of normals(values.length, seed).entries()) out[i] = mean + deviation * normal
  return out
}
