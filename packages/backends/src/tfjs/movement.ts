import { dim, type Shape, sizeOf } from '@vitrine/tensor'
import { type AxisView, broadcastAxes, merged, type Permutation, viewOf } from './axes.ts'
import { binary, floats, kernel, reshape, shaped, type Value } from './values.ts'

/** Axis i of the result is axis `permutation[i]`; the result has any shape with as many numbers. */
export const transposed = (x: Value, steps: readonly Permutation[]): Value =>
  steps.reduce(
    (y, { shape, permutation }) => kernel('Transpose', { x: shaped(y, shape) }, { perm: [...permutation] }),
    x,
  )

/** Repeats x along axes of size 1 and new leading axes, as broadcasting to a shape does. */
export function repeated(x: Value, shape: Shape): Value {
  if (sizeOf(x.shape) === sizeOf(shape)) return shaped(x, shape)
  let groups = broadcastAxes([x.shape], shape)
  let y = x
  for (let i = groups.length - 1; i >= 0; i--) {
    const group = groups[i]
    if (!group || group.varies[0]) continue
    const sizes = groups.map(g => (g.varies[0] ? g.size : 1))
    const [outer, inner] = [sizeOf(sizes.slice(0, i)), sizeOf(sizes.slice(i + 1))]
    const parts = reshape(y, [outer, 1, inner])
    // A product with ones is exact, and much faster than Tile, whose kernel of WebAssembly computes every index.
    y =
      x.dtype === 'int32'
        ? kernel('Tile', { x: parts }, { reps: [1, group.size, 1] })
        : binary('Multiply', parts, floats(new Float32Array(group.size).fill(1), [group.size, 1]))
    groups = groups.with(i, { size: group.size, varies: [true] })
  }
  return shaped(y, shape)
}

/** Rows `start` to `end` of an axis: `[outer, size, inner] -> [outer, end - start, inner]`, under any shape. */
export type SliceRows = (x: Value, view: AxisView, start: number, end: number) => Value

/** The part between starts and ends, one axis at a time; the result has any shape with as many numbers. */
export function sliceByAxes(x: Value, starts: readonly number[], ends: readonly number[], rows: SliceRows): Value {
  const shape = [...x.shape]
  return shape.reduce((y, size, axis) => {
    const [start, end] = [dim(starts, axis), dim(ends, axis)]
    if (end - start === size) return y
    const part = rows(y, viewOf(shape, axis), start, end)
    shape[axis] = end - start
    return part
  }, x)
}

/** Adds zeros before and after each axis, one axis at a time. */
export function padded(x: Value, before: readonly number[], after: readonly number[]): Value {
  const shape = [...x.shape]
  let y = x
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [start = 0, end = 0] = [before[axis], after[axis]]
    if (start + end === 0) continue
    const { outer, size, inner } = viewOf(shape, axis)
    y = kernel(
      'PadV2',
      { x: reshape(y, [outer, size * inner]) },
      {
        paddings: [
          [0, 0],
          [start * inner, end * inner],
        ],
        constantValue: 0,
      },
    )
    shape[axis] = size + start + end
  }
  return shaped(y, shape)
}

/** A broadcasting kernel on operands of any rank; the result has any shape with as many numbers. */
export function broadcasting(
  shapes: readonly [Shape, Shape],
  result: Shape,
): (f: (a: Value, b: Value) => Value) => (a: Value, b: Value) => Value {
  if (shapes.every(s => s.length <= 4)) return f => f
  const groups = broadcastAxes(shapes, result)
  if (groups.length > 4)
    return f => (a, b) =>
      f(reshape(repeated(a, result), [sizeOf(result)]), reshape(repeated(b, result), [sizeOf(result)]))
  const [first, second] = shapes.map((_, i) => groups.map(g => (g.varies[i] ? g.size : 1)))
  return f => (a, b) => f(reshape(a, first ?? []), reshape(b, second ?? []))
}

/** A reduction over axes; the result has any shape with as many numbers. */
export function reduced(
  shape: Shape,
  axes: readonly number[],
): (f: (x: Value, axes: number[]) => Value) => (x: Value) => Value {
  if (shape.length <= 4 && axes.every((axis, i) => axis === shape.length - axes.length + i))
    return f => x => f(x, [...axes])
  const groups = merged(shape, axis => axes.includes(axis))
  const at = groups.flatMap(({ kind }, i) => (kind ? [i] : []))
  return f => x =>
    f(
      shaped(
        x,
        groups.map(g => g.size),
      ),
      at,
    )
}
