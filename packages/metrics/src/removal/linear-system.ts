import type { Size } from '../types.ts'

// The sparse equations of linear imputation, and a solver for them: conjugate gradients (Hestenes & Stiefel 1952) preconditioned by one multigrid
// cycle (Tatebe, The Multigrid Preconditioned Conjugate Gradient Method, 1993). Images have a border of zeros, so that every pixel has eight
// neighbours.

/** Weights of the neighbours at a pixel's sides and at its corners, as in the released code of ROAD. */
const SIDE = 1 / 6
const CORNER = 1 / 12

/** By how much the error is made smaller, in the norm of the preconditioned residual. */
const REDUCTION = 1e-4

/** Jacobi sweeps before and after each correction; one sweep leaves at most a third of the errors that a coarser grid cannot show. */
const SWEEPS = 2

/**
 * The equations of the unknown pixels of a grid: the sum of the weights of the neighbours in the image, times the pixel, is the weighted sum of these
 * neighbours. The matrix is symmetric, and positive definite where a pixel is known.
 */
export interface Level {
  readonly size: Size
  /** Positions of the unknown pixels in the bordered grid. */
  readonly unknown: Int32Array
  /** For each unknown pixel, the sum of the weights of its neighbours. */
  readonly weight: Float64Array
  /** For each unknown pixel, the position of the cell of the next level that holds it; 0, which is border, where that is not unknown. */
  readonly parent: Int32Array
}

const cellsOf = ({ width, height }: Size): number => (width + 2) * (height + 2)

function levelOf(mask: Uint8Array, size: Size, coarse: Uint8Array): Level {
  const { width, height } = size
  const half = Math.ceil(width / 2)
  const [unknown, weight, parent]: [number[], number[], number[]] = [[], [], []]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] !== 1) continue
      const [across, down] = [Number(x > 0) + Number(x < width - 1), Number(y > 0) + Number(y < height - 1)]
      unknown.push((y + 1) * (width + 2) + x + 1)
      weight.push(SIDE * (across + down) + CORNER * across * down)
      const [column, row] = [x >> 1, y >> 1]
      parent.push(coarse[row * half + column] === 1 ? (row + 1) * (half + 2) + column + 1 : 0)
    }
  return {
    size,
    unknown: Int32Array.from(unknown),
    weight: Float64Array.from(weight),
    parent: Int32Array.from(parent),
  }
}

/** Half the size; a cell is unknown where all of its pixels are. */
function halved(mask: Uint8Array, { width, height }: Size): { readonly mask: Uint8Array; readonly size: Size } {
  const size = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
  const coarse = new Uint8Array(size.width * size.height).fill(1)
  for (let p = 0; p < mask.length; p++)
    if (mask[p] === 0) coarse[(Math.floor(p / width) >> 1) * size.width + ((p % width) >> 1)] = 0
  return { mask: coarse, size }
}

/**
 * The equations of a mask, and of ever smaller grids, as long as these have unknown cells.
 *
 * @param mask `[height, width]`, 1 where a pixel is unknown; at least one is known
 */
export function levelsOf(mask: Uint8Array, size: Size): Level[] {
  const coarse = halved(mask, size)
  const level = levelOf(mask, size, coarse.mask)
  return coarse.mask.includes(1) ? [level, ...levelsOf(coarse.mask, coarse.size)] : [level]
}

/** Writes for each unknown pixel the matrix times `x`, which is bordered. */
function multiply({ unknown, weight, size }: Level, x: Float64Array, out: Float64Array): void {
  const stride = size.width + 2
  for (let k = 0; k < unknown.length; k++) {
    const i = unknown[k]!
    const [up, down] = [i - stride, i + stride]
    out[k] =
      weight[k]! * x[i]! -
      SIDE * (x[i - 1]! + x[i + 1]! + x[up]! + x[down]!) -
      CORNER * (x[up - 1]! + x[up + 1]! + x[down - 1]! + x[down + 1]!)
  }
}

/** One sweep for `right` as the right-hand side: `x` bordered, 0 where nothing is unknown. */
function sweep(level: Level, right: Float64Array, x: Float64Array, product: Float64Array): void {
  const { unknown, weight } = level
  multiply(level, x, product)
  for (let k = 0; k < unknown.length; k++) x[unknown[k]!]! += (right[k]! - product[k]!) / weight[k]!
}

/** What one cycle makes of a right-hand side, bordered: nearly the solution, and symmetric as a matrix. */
function cycle([level, ...coarser]: readonly Level[], right: Float64Array): Float64Array {
  if (!level) return new Float64Array(0)
  const { unknown, parent } = level
  const [x, product] = [new Float64Array(cellsOf(level.size)), new Float64Array(unknown.length)]
  for (let i = 0; i < SWEEPS; i++) sweep(level, right, x, product)
  const [next] = coarser
  if (next) {
    multiply(level, x, product)
    const sums = new Float64Array(cellsOf(next.size))
    for (let k = 0; k < unknown.length; k++) sums[parent[k]!]! += right[k]! - product[k]!
    const correction = cycle(
      coarser,
      Float64Array.from(next.unknown, i => sums[i]!),
    )
    for (let k = 0; k < unknown.length; k++) x[unknown[k]!]! += correction[parent[k]!]!
  }
  for (let i = 0; i < SWEEPS; i++) sweep(level, right, x, product)
  return x
}

/**
 * Solves for the unknown pixels, in place.
 *
 * @param x bordered: the known pixels, and in place of the others those with which the search begins
 */
export function solve(levels: readonly Level[], x: Float64Array): void {
  const [level] = levels
  if (!level) return
  const { unknown } = level
  const { length } = unknown
  const [residual, product] = [new Float64Array(length), new Float64Array(length)]
  multiply(level, x, residual)
  for (let k = 0; k < length; k++) residual[k] = -residual[k]!
  const dot = (bordered: Float64Array, list: Float64Array): number => {
    let sum = 0
    for (let k = 0; k < length; k++) sum += bordered[unknown[k]!]! * list[k]!
    return sum
  }
  const direction = cycle(levels, residual)
  let rho = dot(direction, residual)
  const enough = REDUCTION ** 2 * rho
  // In exact arithmetic there are no more rounds than unknowns.
  for (let round = 0; rho > enough && round < length; round++) {
    multiply(level, direction, product)
    const step = rho / dot(direction, product)
    for (let k = 0; k < length; k++) {
      x[unknown[k]!]! += step * direction[unknown[k]!]!
      residual[k]! -= step * product[k]!
    }
    const corrected = cycle(levels, residual)
    const next = dot(corrected, residual)
    for (let k = 0; k < length; k++) {
      const i = unknown[k]!
      direction[i] = corrected[i]! + (next / rho) * direction[i]!
    }
    rho = next
  }
}
