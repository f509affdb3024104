import { div } from './elementwise.ts'
import { apply, intern } from './intern.ts'
import { pad, type Range, reshape, slice } from './movement.ts'
import type { Shape, Tensor, TensorOf } from './ops.ts'
import { resultOf } from './shapes.ts'
import { dim, only, sizeOf } from './tensor.ts'

/**
 * The product of the last two axes, either operand transposed on request; leading axes broadcast.
 * `[…, m, k] x […, k, n] -> […, m, n]`.
 */
export function matmul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  const params = { transposeA, transposeB }
  const result = resultOf('matmul', [a, b], params)
  const { shape } = result
  const [rows, inner] = transposeA ? [-1, -2] : [-2, -1]
  const [inner2, columns] = transposeB ? [-1, -2] : [-2, -1]
  if (a.op === 'pad')
    return productOfPadded(a, b, shape, [rows, inner, inner2], -2, (x, y) => matmul(x, y, transposeA, transposeB))
  if (b.op === 'pad')
    return productOfPadded(b, a, shape, [columns, inner2, inner], -1, (y, x) => matmul(x, y, transposeA, transposeB))
  return intern('matmul', [a, b], params, result)
}

/**
 * A product in which one operand `x` is known to be zero outside a window: only the inside is multiplied. `free` is the
 * axis of x that survives (as `result` of the product), `inner` the contracted axis of x and `other` that of y.
 */
function productOfPadded(
  x: TensorOf<'pad'>,
  y: Tensor,
  shape: Shape,
  [free, inner, other]: readonly [free: number, inner: number, other: number],
  result: -1 | -2,
  product: (x: Tensor, y: Tensor) => Tensor,
): Tensor {
  const { before, after } = x.params
  const rank = shape.length
  const inside = y.shape.map((n, i): Range => {
    const axis = i - y.shape.length
    if (axis === other) return [dim(before, inner), n - dim(after, inner)]
    if (axis >= -2 || n === 1 || axis < -x.shape.length) return [0, n]
    return [dim(before, axis), n - dim(after, axis)]
  })
  const around = (amounts: readonly number[]) =>
    shape.map((_, i) => {
      const axis = i - rank
      if (axis === result) return dim(amounts, free)
      return axis >= -2 || axis < -x.shape.length ? 0 : dim(amounts, axis)
    })
  return pad(product(only(x), slice(y, inside)), around(before), around(after))
}

/** A linear layer on the last axis, weights as PyTorch stores them: `x [..., in]`, `weight [out, in]`, without its bias. */
export const linear = (x: Tensor, weight: Tensor): Tensor => matmul(x, weight, false, true)

/** Axes in ascending order, each once, counted from the start. */
function sortedAxes(x: Tensor, axes: readonly number[]): readonly number[] {
  const rank = x.shape.length
  return [...new Set(axes.map(axis => (axis < 0 ? axis + rank : axis)))].sort((a, b) => a - b)
}

/** The sum over axes, which stay with size 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  const at = sortedAxes(x, axes)
  const result = resultOf('sum', [x], { axes: at })
  if (at.every(axis => x.shape[axis] === 1)) return x
  if (x.op === 'pad') {
    const rest = (amounts: readonly number[]) => amounts.map((n, i) => (at.includes(i) ? 0 : n))
    return pad(sum(only(x), at), rest(x.params.before), rest(x.params.after))
  }
  return intern('sum', [x], { axes: at }, result)
}

/** The arithmetic mean over axes, which stay with size 1. */
export function mean(x: Tensor, axes: readonly number[]): Tensor {
  const total = sum(x, axes)
  return div(total, sizeOf(x.shape) / sizeOf(total.shape))
}

/** The maximum over axes, which stay with size 1. */
export function max(x: Tensor, axes: readonly number[]): Tensor {
  const at = sortedAxes(x, axes)
  const result = resultOf('max', [x], { axes: at })
  return at.every(axis => x.shape[axis] === 1) ? x : intern('max', [x], { axes: at }, result)
}

/** exp(x - max) / sum over the last axis. */
export const softmax = (x: Tensor): Tensor => apply('softmax', [x], {})

/** (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis (Ba et al. 2016), the biased variance. */
export const layerNorm = (x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor =>
  apply('layerNorm', [x, scale, bias], { epsilon })

/** The k largest of the last axis, largest first; equal values in index order. */
export const topK = (x: Tensor, k: number): { values: Tensor; indices: Tensor } => ({
  values: apply('topK', [x], { k, output: 'values' }),
  indices: apply('topK', [x], { k, output: 'indices' }),
})

/** The index of the largest of the last axis, the first one among equals: `[..., n] -> int [...]`. */
export const argmax = (x: Tensor): Tensor => reshape(topK(x, 1).indices, x.shape.slice(0, -1))

/** int `[...]` to float `[..., depth]` with a 1 at each index. */
export const oneHot = (indices: Tensor, depth: number): Tensor => apply('oneHot', [indices], { depth })

/** The entries of x at `indices [n]` along an axis. */
export const gather = (x: Tensor, indices: Tensor, axis: number): Tensor =>
  apply('gather', [x, indices], { axis: axis < 0 ? axis + x.shape.length : axis })
