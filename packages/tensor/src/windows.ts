/** Windows that slide over rows and columns. Each pair is of rows, then of columns. */
export interface Windows {
  readonly kernel: Pair
  readonly strides: Pair
  readonly dilations: Pair
}

export type Pair = readonly [rows: number, columns: number]

/** Pixels between the first and the last that a window sees on an axis, both included. */
export const windowReach = ({ kernel, dilations }: Windows, axis: 0 | 1): number =>
  dilations[axis] * (kernel[axis] - 1) + 1

/** How many whole windows fit on each axis of an image of this size. */
export const windowCounts = (size: Pair, windows: Windows): Pair => {
  const count = (axis: 0 | 1) => Math.floor((size[axis] - windowReach(windows, axis)) / windows.strides[axis]) + 1
  return [count(0), count(1)]
}

/** Pixels in a window. */
export const windowSize = ({ kernel: [rows, columns] }: Windows): number => rows * columns

/** Whether windows lie side by side, so that none sees a pixel of another one. */
export const liesSideBySide = ({ kernel, strides, dilations }: Windows): boolean =>
  kernel.every((n, axis) => n === strides[axis]) && dilations.every((n, axis) => n === 1 || kernel[axis] === 1)

/** What each window sees, one window after the other, row by row: numbers of pixels of an image of this size. */
export function windowPixels(size: Pair, windows: Windows): Int32Array {
  const { kernel, strides, dilations } = windows
  const [rows, columns] = windowCounts(size, windows)
  const pixels = new Int32Array(rows * columns * windowSize(windows))
  let at = 0
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let i = 0; i < kernel[0]; i++)
        for (let j = 0; j < kernel[1]; j++)
          pixels[at++] = (row * strides[0] + i * dilations[0]) * size[1] + column * strides[1] + j * dilations[1]
  return pixels
}

/**
 * Where each pixel is seen: for pixel after pixel `most` places in what `windowPixels` lists, those that are too many being one behind its
 * end.
 */
export function pixelPlaces(size: Pair, windows: Windows): { readonly most: number; readonly places: Int32Array } {
  const pixels = windowPixels(size, windows)
  const seen = new Int32Array(size[0] * size[1])
  for (const pixel of pixels) seen[pixel] = (seen[pixel] ?? 0) + 1
  const most = seen.reduce((a, b) => Math.max(a, b), 1)
  const places = new Int32Array(seen.length * most).fill(pixels.length)
  seen.fill(0)
  for (const [place, pixel] of pixels.entries()) {
    const nth = seen[pixel] ?? 0
    places[pixel * most + nth] = place
    seen[pixel] = nth + 1
  }
  return { most, places }
}
