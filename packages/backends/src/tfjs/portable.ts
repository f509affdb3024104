import { dim, sizeOf } from '@vitrine/tensor'
import type { AxisView } from './axes.ts'
import { repeated, type SliceRows, sliceByAxes } from './movement.ts'
import { binary, kernel, number, reshape, shaped, unary, type Value } from './values.ts'

/** Two stacks of matrices, `[batch..., rows, columns]` each; their batch axes broadcast. */
export interface Product {
  readonly a: Value
  readonly b: Value
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly batch: readonly number[]
}

/** The operations for which engines need different code. */
export interface Arithmetic {
  /** Products of matrices, `[batch..., rows, columns]` under any shape with as many numbers. */
  product(product: Product): Value
  /** The part between starts and ends. Its numbers may come under any shape: the caller reshapes. */
  slice(x: Value, starts: readonly number[], ends: readonly number[]): Value
  /** Rows of an axis: `[outer, size, inner], [n] -> [outer, n, inner]`, under any shape. */
  gather(x: Value, view: AxisView, indices: Value): Value
  erf(x: Value): Value
  /** x / 2 * (1 + erf(x / sqrt(2))) */
  gelu(x: Value): Value
  /** Throws where the engine has failed without an error, as WebAssembly does when its memory is full. */
  check(x: Value): void
}

/** Made of kernels that every engine of TensorFlow.js has. */
export const portable: Arithmetic = {
  product({ a, b, transposeA, transposeB, batch }) {
    const times = (x: Value, y: Value) => kernel('BatchMatMul', { a: x, b: y }, { transposeA, transposeB })
    const [rows, columns] = [a.shape.slice(-2), b.shape.slice(-2)]
    const [leadOfA, leadOfB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
    if (sizeOf(leadOfB) === 1 && (sizeOf(leadOfA) === 1 || !transposeA)) {
      const single = sizeOf(leadOfA) === 1
      return times(single ? a : shaped(a, [sizeOf(a.shape) / dim(rows, 1), dim(rows, 1)]), shaped(b, columns))
    }
    const stack = (x: Value, matrix: readonly number[]) => repeated(x, [...batch, ...matrix])
    return times(stack(a, rows), stack(b, columns))
  },
  slice(x, starts, ends) {
    if (x.shape.length > 6) return sliceByAxes(x, starts, ends, sliceRows)
    return kernel('Slice', { x }, { begin: [...starts], size: ends.map((end, axis) => end - dim(starts, axis)) })
  },
  gather: (x, { outer, size, inner }, indices) =>
    kernel('GatherV2', { x: reshape(x, [outer, size, inner]), indices }, { axis: 1, batchDims: 0 }),
  erf: x => unary('Erf', x),
  gelu(x) {
    const inside = binary('Multiply', x, number(Math.SQRT1_2))
    return binary('Multiply', binary('Multiply', x, number(0.5)), binary('Add', unary('Erf', inside), number(1)))
  },
  check() {},
}

const sliceRows: SliceRows = (x, { outer, size, inner }, start, end) =>
  kernel(
    'Slice',
    { x: reshape(x, [outer, size * inner]) },
    { begin: [0, start * inner], size: [outer, (end - start) * inner] },
  )
