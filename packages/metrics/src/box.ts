import type { Box, Size } from './types.ts'

/** Sets the pixels of rows `[top, bottom)` and columns `[left, right)` to 1; what lies outside the grid is left out. */
export function fillBox(pixels: Uint8Array, { width, height }: Size, [left, top, right, bottom]: Box): void {
  const from = Math.max(0, left)
  const to = Math.min(width, right)
  if (from >= to) return
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) pixels.fill(1, y * width + from, y * width + to)
}

/**
 * The smallest box around the pixels of a mask that are 1, `[left, top, right, bottom)`; one without extent where there are none.
 *
 * @param mask `[height, width]`
 */
export function boxAround(mask: Uint8Array, { width, height }: Size): Box {
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] !== 1) continue
      left = Math.min(left, x)
      top = Math.min(top, y)
      right = Math.max(right, x + 1)
      bottom = Math.max(bottom, y + 1)
    }
  }
  return [Math.min(left, right), Math.min(top, bottom), right, bottom]
}
