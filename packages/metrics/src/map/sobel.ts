import type { InputImage, Size } from '../types.ts'

/** Rec. 601 luma of three channels, the mean of any other number. */
function luma({ width, height, values }: InputImage): Float64Array {
  const pixels = width * height
  const channels = values.length / pixels
  const weights = channels === 3 ? [0.299, 0.587, 0.114] : Array<number>(channels).fill(1 / channels)
  return Float64Array.from({ length: pixels }, (_, p) =>
    weights.reduce((sum, weight, c) => sum + weight * values[c * pixels + p]!, 0),
  )
}

/**
 * Local contrast: the magnitude of the Sobel gradient of the luma, edges repeated (Sobel & Feldman, A 3x3 Isotropic Gradient Operator for
 * Image Processing, 1968).
 *
 * @returns `[height, width]`
 */
export function contrast(image: InputImage): Float64Array {
  const { width, height } = image
  const grey = luma(image)
  const out = new Float64Array(width * height)
  for (let y = 0; y < height; y++) {
    const above = Math.max(y - 1, 0) * width
    const here = y * width
    const below = Math.min(y + 1, height - 1) * width
    for (let x = 0; x < width; x++) {
      const left = Math.max(x - 1, 0)
      const right = Math.min(x + 1, width - 1)
      const down = (at: number) => grey[below + at]! - grey[above + at]!
      const across = (row: number) => grey[row + right]! - grey[row + left]!
      const gx = across(above) + 2 * across(here) + across(below)
      const gy = down(left) + 2 * down(x) + down(right)
      out[here + x] = Math.sqrt(gx * gx + gy * gy)
    }
  }
  return out
}

/** Where each of `to` cells begins among `from` pixels, and where the last one ends. */
const edgesOf = (from: number, to: number): number[] =>
  Array.from({ length: to + 1 }, (_, i) => Math.floor((i * from) / to))

/** Means of pixels over a grid of cells; a cell smaller than a pixel takes the pixel it begins in. */
export function cellMeans(pixels: ArrayLike<number>, size: Size, cells: Size): Float64Array {
  const rows = edgesOf(size.height, cells.height)
  const columns = edgesOf(size.width, cells.width)
  const out = new Float64Array(cells.width * cells.height)
  for (let r = 0; r < cells.height; r++) {
    const bottom = Math.max(rows[r + 1]!, rows[r]! + 1)
    for (let c = 0; c < cells.width; c++) {
      const right = Math.max(columns[c + 1]!, columns[c]! + 1)
      let sum = 0
      for (let y = rows[r]!; y < bottom; y++) {
        for (let x = columns[c]!; x < right; x++) sum += pixels[y * size.width + x]!
      }
      out[r * cells.width + c] = sum / ((bottom - rows[r]!) * (right - columns[c]!))
    }
  }
  return out
}
