import type { PixelMask } from '../faithfulness/ties.ts'
import { normals } from '../random.ts'
import type { InputImage } from '../types.ts'
import { type Level, levelsOf, solve } from './linear-system.ts'
import { meanColour } from './mean-colour.ts'

/** The unknown pixels of one channel, from those that are known. */
function fill(levels: readonly Level[], pixels: Float32Array, start: number, out: Float32Array): void {
  const [{ size, unknown }] = levels as readonly [Level, ...Level[]]
  const { width, height } = size
  const stride = width + 2
  const x = new Float64Array(stride * (height + 2))
  for (let y = 0; y < height; y++) x.set(pixels.subarray(y * width, (y + 1) * width), (y + 1) * stride + 1)
  for (const i of unknown) x[i] = start
  solve(levels, x)
  for (let y = 0; y < height; y++) {
    const first = (y + 1) * stride + 1
    out.set(x.subarray(first, first + width), y * width)
  }
}

/**
 * Noisy linear imputation, the removal of ROAD (Rong et al., A Consistent and Efficient Evaluation Strategy for Attribution Methods, ICML 2022):
 * each pixel that is taken away is the weighted mean of its eight neighbours. Where no pixel is left to impute from, the mean colour of the image.
 *
 * @param noise standard deviation of the Gaussian noise that is added to imputed pixels; the same noise for every mask of an image
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
    const levels = mask.includes(0) ? levelsOf(mask, { width, height }) : undefined
    colour.forEach((mean, channel) => {
      const [first, last] = [channel * area, (channel + 1) * area]
      if (levels) fill(levels, values.subarray(first, last), mean, out.subarray(first, last))
      else out.fill(mean, first, last)
    })
    if (!deviations) return
    for (let i = 0; i < out.length; i++) if (mask[i % area] === 1) out[i]! += noise * deviations[i]!
  }
}
