import type { InputImage } from '../types.ts'

/**
 * One axis of the kernel that a Gaussian filter makes of an impulse in the middle of `size` places, mirrored at the ends as
 * `scipy.ndimage.gaussian_filter` does; cut at four standard deviations.
 */
function kernelOf(size: number, sigma: number): Float64Array {
  const kernel = new Float64Array(size)
  const [middle, reach] = [size >> 1, Math.trunc(4 * sigma + 0.5)]
  let total = 0
  for (let k = -reach; k <= reach; k++) {
    const weight = Math.exp(-(k ** 2) / (2 * sigma ** 2))
    total += weight
    // … d c b a | a b c d | d c b a …
    const place = (((middle + k) % (2 * size)) + 2 * size) % (2 * size)
    kernel[place < size ? place : 2 * size - 1 - place]! += weight
  }
  return kernel.map(weight => weight / total)
}

/** One axis of a convolution with zeros beyond the edges; `stride` apart along the axis of `length`. */
function convolve(values: Float64Array, kernel: Float64Array, length: number, stride: number): Float64Array {
  const reach = kernel.length >> 1
  return Float64Array.from({ length: values.length }, (_, i) => {
    const place = Math.floor(i / stride) % length
    let sum = 0
    for (let k = Math.max(-reach, -place); k <= Math.min(reach, length - 1 - place); k++)
      sum += kernel[k + reach]! * values[i + k * stride]!
    return sum
  })
}

/**
 * The blur of RISE's code: a convolution with the `size` x `size` kernel that a Gaussian filter makes of an impulse, zeros beyond the edges.
 *
 * @param size odd
 */
export function kernelBlur({ values, width, height }: InputImage, size: number, sigma: number): Float32Array {
  const kernel = kernelOf(size, sigma)
  return Float32Array.from(convolve(convolve(Float64Array.from(values), kernel, width, 1), kernel, height, width))
}
