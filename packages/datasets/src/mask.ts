import type { Box, SceneObject, Size } from './dataset.ts'

/** The mask, `[row, column]`, of the pixels for which `inside` holds. */
export function maskOf({ width, height }: Size, inside: (pixel: number) => boolean): Uint8Array {
  const mask = new Uint8Array(width * height)
  for (let p = 0; p < mask.length; p++) mask[p] = inside(p) ? 1 : 0
  return mask
}

/** The smallest box around the pixels of a mask that are not 0; `[width, height, 0, 0]` where there are none. */
export function boxAround(mask: Uint8Array, { width, height }: Size): Box {
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (mask[p] === 0) continue
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = y + 1
    }
  }
  return [left, top, right, bottom]
}

/** The object of a mask, with the smallest box around it; none if the mask is empty. */
export function maskObject(label: number, mask: Uint8Array, size: Size): SceneObject[] {
  const box = boxAround(mask, size)
  return box[2] === 0 ? [] : [{ label, box, mask }]
}

/** A mask in another size: each pixel takes the nearest one. */
export function resizeMask(mask: Uint8Array, from: Size, to: Size): Uint8Array {
  const nearest = (at: number, length: number, source: number) => Math.floor(((at + 0.5) * source) / length)
  const columns = Array.from({ length: to.width }, (_, x) => nearest(x, to.width, from.width))
  const out = new Uint8Array(to.width * to.height)
  for (let y = 0, p = 0; y < to.height; y++) {
    const row = nearest(y, to.height, from.height) * from.width
    for (const column of columns) out[p++] = mask[row + column] ?? 0
  }
  return out
}

/** A mask as the lengths of its runs of 0, 1, 0, …, row by row; the first may be 0. */
export function runsOf(mask: Uint8Array): number[] {
  const runs = [0]
  mask.forEach((pixel, p) => {
    if (p > 0 ? pixel !== mask[p - 1] : pixel === 1) runs.push(0)
    runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1
  })
  return runs
}

/** The pixels that runs of 0, 1, 0, … stand for, in their order. They must be whole numbers from 0, `pixels` together. */
export function pixelsOfRuns(runs: readonly number[], pixels: number): Uint8Array {
  const wrong = runs.find(run => !Number.isInteger(run) || run < 0)
  if (wrong !== undefined) throw new RangeError(`expected lengths of runs, whole numbers from 0, got ${wrong}`)
  const total = runs.reduce((sum, run) => sum + run, 0)
  if (total !== pixels) throw new RangeError(`expected runs of ${pixels} pixels, got ${total} pixels`)
  const out = new Uint8Array(pixels)
  let at = 0
  for (const [i, run] of runs.entries()) {
    if (i % 2 === 1) out.fill(1, at, at + run)
    at += run
  }
  return out
}
