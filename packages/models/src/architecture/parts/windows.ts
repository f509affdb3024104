import { add, concat, constant, dim, reshape, sliceAxis, type Tensor, transpose } from '@vitrine/tensor'
import type { Grid } from '../config.ts'

/** Square windows on a grid of tokens, all of them moved down and to the right by `shift` cells and wrapped around at its borders. */
export interface Windows {
  readonly grid: Grid
  /** Cells along a side of a window; rows and columns of the grid are multiples of it. */
  readonly side: number
  readonly shift: number
}

/** How many windows there are. */
const countOf = ({ grid, side }: Windows): number => (grid.rows / side) * (grid.columns / side)

/** `[batch, tokens, width]` window by window: `[batch * windows, side * side, width]`. */
export function intoWindows(x: Tensor, { grid: { rows, columns }, side, shift }: Windows): Tensor {
  const [batch = 1, , width = 1] = x.shape
  const moved = roll(roll(reshape(x, [batch, rows, columns, width]), 1, shift), 2, shift)
  const cut = reshape(moved, [batch, rows / side, side, columns / side, side, width])
  return reshape(transpose(cut, [0, 1, 3, 2, 4, 5]), [-1, side * side, width])
}

/** The inverse of `intoWindows`. */
export function outOfWindows(x: Tensor, { grid: { rows, columns }, side, shift }: Windows): Tensor {
  const width = dim(x.shape, 2)
  const cut = reshape(x, [-1, rows / side, columns / side, side, side, width])
  const cells = reshape(transpose(cut, [0, 1, 3, 2, 4, 5]), [-1, rows, columns, width])
  return reshape(roll(roll(cells, 1, -shift), 2, -shift), [-1, rows * columns, width])
}

/** x with the cell at `by` first on an axis, and those before it behind the last one. */
function roll(x: Tensor, axis: number, by: number): Tensor {
  const size = dim(x.shape, axis)
  const start = (by + size) % size
  return start === 0 ? x : concat([sliceAxis(x, axis, start, size), sliceAxis(x, axis, 0, start)], axis)
}

/** What the published models add to scores of cells that only wrapping around brings together. */
const APART = -100

/** Scores `[batch * windows, heads, cells, cells]` without those between cells that are no neighbours in the image. */
export function maskWrapped(scores: Tensor, windows: Windows): Tensor {
  const { grid, side, shift } = windows
  if (shift === 0) return scores
  const part = (at: number, size: number): number => (at < size - side ? 0 : at < size - shift ? 1 : 2)
  const cells = side * side
  const parts = Array.from({ length: countOf(windows) }, (_, w) =>
    Array.from({ length: cells }, (_, i) => {
      const across = grid.columns / side
      const row = Math.floor(w / across) * side + Math.floor(i / side)
      return 3 * part(row, grid.rows) + part((w % across) * side + (i % side), grid.columns)
    }),
  )
  const mask = parts.flatMap(own => own.flatMap(a => own.map(b => (a === b ? 0 : APART))))
  const shape = [1, parts.length, 1, cells, cells]
  const ofImages = reshape(scores, [-1, parts.length, ...scores.shape.slice(1)])
  return reshape(add(ofImages, constant(mask, shape)), scores.shape)
}

/**
 * Each 2 x 2 tokens side by side, the upper left one first and then the one below it: `[batch, tokens, width]` to
 * `[batch, tokens / 4, 4 * width]`.
 */
export function mergedPatches(x: Tensor, { rows, columns }: Grid): Tensor {
  const [batch = 1, , width = 1] = x.shape
  const cut = reshape(x, [batch, rows / 2, 2, columns / 2, 2, width])
  return reshape(transpose(cut, [0, 1, 3, 4, 2, 5]), [batch, (rows * columns) / 4, 4 * width])
}
