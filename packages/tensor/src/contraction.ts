import { broadcastShapes, div } from './elementwise.ts'
import { pad, type Range, slice } from './movement.ts'
import type { Op, Shape, Tensor, TensorOf } from './ops.ts'
import { dim, intern, only, requireFloat, ShapeError, show, sizeOf } from './tensor.ts'

/**
 * The product of the last two axes, either operand transposed on request; leading axes broadcast.
 * `[…, m, k] x […, k, n] -> […, m, n]`.
 */
export function matmul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  requireFloat('matmul', a)
  requireFloat('matmul', b)
  const fail = () =>
    new ShapeError(
      'matmul',
      `cannot multiply ${show(a.shape)}${transposeA ? ' transposed' : ''} by ${show(b.shape)}${transposeB ? ' transposed' : ''}`,
    )
  if (a.shape.length < 2 || b.shape.length < 2) throw fail()
  const [rows, inner] = transposeA ? [-1, -2] : [-2, -1]
  const [inner2, columns] = transposeB ? [-1, -2] : [-2, -1]
  if (dim(a.shape, inner) !== dim(b.shape, inner2)) throw fail()
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const shape = [...batch, dim(a.shape, rows), dim(b.shape, columns)]
  if (a.op === 'pad')
    return productOfPadded(a, b, shape, [rows, inner, inner2], -2, (x, y) => matmul(x, y, transposeA, transposeB))
  if (b.op === 'pad')
    return productOfPadded(b, a, shape, [columns, inner2, inner], -1, (y, x) => matmul(x, y, transposeA, transposeB))
  return intern('matmul', [a, b], { transposeA, transposeB }, shape)
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

function reducedShape(op: Op, x: Tensor, axes: readonly number[]): { axes: number[]; shape: Shape } {
  requireFloat(op, x)
  const rank = x.shape.length
  const at = [...new Set(axes.map(axis => (axis < 0 ? axis + rank : axis)))].sort((a, b) => a - b)
  if (at.some(axis => axis < 0 || axis >= rank))
    throw new ShapeError(op, `axes ${show(axes)} do not exist in ${show(x.shape)}`)
  return { axes: at, shape: x.shape.map((n, i) => (at.includes(i) ? 1 : n)) }
}

/** The sum over axes, which stay with size 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  const { axes: at, shape } = reducedShape('sum', x, axes)
  if (at.every(axis => x.shape[axis] === 1)) return x
  if (x.op === 'pad') {
    const rest = (amounts: readonly number[]) => amounts.map((n, i) => (at.includes(i) ? 0 : n))
    return pad(sum(only(x), at), rest(x.params.before), rest(x.params.after))
  }
  return intern('sum', [x], { axes: at }, shape)
}

/** The arithmetic mean over axes, which stay with size 1. */
export function mean(x: Tensor, axes: readonly number[]): Tensor {
  const total = sum(x, axes)
  return div(total, sizeOf(x.shape) / sizeOf(total.shape))
}

/** The maximum over axes, which stay with size 1. */
export function max(x: Tensor, axes: readonly number[]): Tensor {
  const { axes: at, shape } = reducedShape('max', x, axes)
  return at.every(axis => x.shape[axis] === 1) ? x : intern('max', [x], { axes: at }, shape)
}

/** exp(x - max) / sum over the last axis. */
export function softmax(x: Tensor): Tensor {
  requireFloat('softmax', x)
  if (x.shape.length === 0) throw new ShapeError('softmax', 'expected at least one axis, got []')
  return intern('softmax', [x], {}, x.shape)
}

/** (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis (Ba et al. 2016), the biased variance. */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  const width = x.shape.at(-1)
  for (const [name, t] of [
    ['scale', scale],
    ['bias', bias],
  ] as const)
    if (t.shape.length !== 1 || t.shape[0] !== width)
      throw new ShapeError('layerNorm', `expected ${name} of [${width}] for ${show(x.shape)}, got ${show(t.shape)}`)
  return intern('layerNorm', [x, scale, bias], { epsilon }, x.shape)
}

/** The k largest of the last axis, largest first; equal values in index order. */
export function topK(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const n = x.shape.at(-1) ?? 0
  if (!Number.isInteger(k) || k < 1 || k > n)
    throw new ShapeError('topK', `expected 1 to ${n} of ${show(x.shape)}, got ${k}`)
  const shape = [...x.shape.slice(0, -1), k]
  return {
    values: intern('topK', [x], { k, output: 'values' }, shape),
    indices: intern('topK', [x], { k, output: 'indices' }, shape, 'int'),
  }
}

/** The index of the largest of the last axis, the first one among equals: `[..., n] -> int [...]`. */
export function argmax(x: Tensor): Tensor {
  const { indices } = topK(x, 1)
  return intern('reshape', [indices], {}, x.shape.slice(0, -1), 'int')
}

/** int `[...]` to float `[..., depth]` with a 1 at each index. */
export function oneHot(indices: Tensor, depth: number): Tensor {
  requireInt('oneHot', indices)
  return intern('oneHot', [indices], { depth }, [...indices.shape, depth])
}

/** The entries of x at `indices [n]` along an axis. */
export function gather(x: Tensor, indices: Tensor, axis: number): Tensor {
  requireInt('gather', indices)
  const at = axis < 0 ? axis + x.shape.length : axis
  const [n] = indices.shape
  if (indices.shape.length !== 1 || n === undefined || at >= x.shape.length)
    throw new ShapeError('gather', `cannot take ${show(indices.shape)} along axis ${axis} of ${show(x.shape)}`)
  return intern(
    'gather',
    [x, indices],
    { axis: at },
    x.shape.map((size, i) => (i === at ? n : size)),
    x.dtype,
  )
}

function requireInt(op: Op, t: Tensor): void {
  if (t.dtype !== 'int') throw new ShapeError(op, `expected int indices, got ${t.dtype} ${show(t.shape)}`)
}
