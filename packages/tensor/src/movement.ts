import { intern } from './intern.ts'
import { constant, scalar } from './leaves.ts'
import type { Shape, Tensor } from './ops.ts'
import { resultOf } from './shapes.ts'
import { dim, only, sameNumbers, sizeOf } from './tensor.ts'

/** A half-open range `[start, end)` on one axis. */
export type Range = readonly [start: number, end: number]

/** All of a tensor: the full range on each axis. */
export const everything = (shape: Shape): Range[] => shape.map(n => [0, n])

/** The same elements in row-major order under another shape; one size may be -1. */
export function reshape(x: Tensor, to: Shape): Tensor {
  const known = to.filter(n => n >= 0)
  const shape = known.length === to.length ? to : to.map(n => (n < 0 ? sizeOf(x.shape) / sizeOf(known) : n))
  const result = resultOf('reshape', [x], {}, { shape, dtype: x.dtype })
  if (sameNumbers(shape, x.shape)) return x
  if (x.op === 'reshape') return reshape(only(x), shape)
  if (x.op === 'pad') {
    const axes = keptAxes(x.shape, shape)
    const { before, after } = x.params
    if (before.every((n, axis) => n + (after[axis] ?? 0) === 0 || axes[axis] !== undefined)) {
      const move = (amounts: readonly number[]) => shape.map((_, i) => amounts[axes.indexOf(i)] ?? 0)
      const [b, a] = [move(before), move(after)]
      return pad(
        reshape(
          only(x),
          shape.map((n, i) => n - (b[i] ?? 0) - (a[i] ?? 0)),
        ),
        b,
        a,
      )
    }
  }
  return intern('reshape', [x], {}, result)
}

/**
 * For each axis of `from`, the axis of `to` that a reshape carries it to whole, or undefined where the reshape splits or
 * merges it. Axes of size 1 are carried only when they stand alone.
 */
export function keptAxes(from: Shape, to: Shape): (number | undefined)[] {
  const kept: (number | undefined)[] = from.map(() => undefined)
  let [i, j] = [0, 0]
  while (i < from.length && j < to.length) {
    const [startI, startJ] = [i, j]
    let [m, n] = [dim(from, i++), dim(to, j++)]
    while (m !== n) {
      if (m < n) m *= dim(from, i++)
      else n *= dim(to, j++)
    }
    const wideI = range(startI, i).filter(axis => from[axis] !== 1)
    const wideJ = range(startJ, j).filter(axis => to[axis] !== 1)
    const [oneI, oneJ] = [wideI[0], wideJ[0]]
    if (wideI.length === 1 && wideJ.length === 1 && oneI !== undefined) kept[oneI] = oneJ
    if (i - startI === 1 && j - startJ === 1) kept[startI] = startJ
  }
  return kept
}

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i)

/** Axis i of the result is axis `permutation[i]` of x. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const result = resultOf('transpose', [x], { permutation })
  if (sameNumbers(permutation, range(0, x.shape.length))) return x
  const permute = (values: readonly number[]) => permutation.map(axis => dim(values, axis))
  if (x.op === 'pad') return pad(transpose(only(x), permutation), permute(x.params.before), permute(x.params.after))
  if (x.op === 'transpose') return transpose(only(x), permute(x.params.permutation))
  return intern('transpose', [x], { permutation }, result)
}

/** The part of x inside one range per axis. */
export function slice(x: Tensor, window: readonly Range[]): Tensor {
  const [starts, ends] = [window.map(([start]) => start), window.map(([, end]) => end)]
  const result = resultOf('slice', [x], { starts, ends })
  const { shape } = result
  if (sameNumbers(shape, x.shape)) return x
  if (x.op === 'slice') {
    const offset = x.params.starts
    return slice(
      only(x),
      window.map(([s, e], i): Range => [s + dim(offset, i), e + dim(offset, i)]),
    )
  }
  if (x.op === 'broadcast') {
    const source = only(x)
    const lead = x.shape.length - source.shape.length
    const inside = source.shape.map((n, i): Range => (n === 1 ? [0, 1] : (window[i + lead] ?? [0, n])))
    return broadcast(slice(source, inside), shape)
  }
  if (x.op === 'pad') {
    const inner = only(x)
    const { before } = x.params
    const inside = window.map(([s, e], i): Range => {
      const offset = dim(before, i)
      return [Math.max(s - offset, 0), Math.min(e - offset, dim(inner.shape, i))]
    })
    if (inside.some(([s, e]) => e <= s)) return broadcast(scalar(0), shape)
    return pad(
      slice(inner, inside),
      inside.map(([s], i) => s + dim(before, i) - dim(starts, i)),
      inside.map(([, e], i) => dim(ends, i) - dim(before, i) - e),
    )
  }
  return intern('slice', [x], { starts, ends }, result)
}

/** The part of x inside `[start, end)` on one axis; the axis may be counted from the end. */
export function sliceAxis(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axis < 0 ? axis + x.shape.length : axis
  return slice(
    x,
    x.shape.map((n, i): Range => (i === at ? [start, end] : [0, n])),
  )
}

/** x with `before[i]` and `after[i]` zeros added around it on axis i. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  const result = resultOf('pad', [x], { before, after })
  if ([...before, ...after].every(n => n === 0)) return x
  if (x.op === 'pad') {
    const { before: b, after: a } = x.params
    return pad(
      only(x),
      before.map((n, i) => n + dim(b, i)),
      after.map((n, i) => n + dim(a, i)),
    )
  }
  return intern('pad', [x], { before, after }, result)
}

/** Tensors one after the other on an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const rank = parts[0]?.shape.length ?? 0
  const params = { axis: axis < 0 ? axis + rank : axis }
  const result = resultOf('concat', parts, params)
  const [first] = parts
  return first && parts.length === 1 ? first : intern('concat', parts, params, result)
}

/** Tensors of one shape side by side on a new first axis. */
export const stack = (parts: readonly Tensor[]): Tensor =>
  concat(
    parts.map(t => reshape(t, [1, ...t.shape])),
    0,
  )

/** x repeated along axes of size 1 (and new leading axes) up to a shape. */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  const result = resultOf('broadcast', [x], {}, { shape, dtype: x.dtype })
  if (sameNumbers(x.shape, shape)) return x
  if (x.op === 'broadcast') return broadcast(only(x), shape)
  if (x.op === 'pad') {
    const lead = shape.length - x.shape.length
    const before = shape.map((_, i) => x.params.before[i - lead] ?? 0)
    const after = shape.map((_, i) => x.params.after[i - lead] ?? 0)
    return pad(
      broadcast(
        only(x),
        shape.map((n, i) => n - dim(before, i) - dim(after, i)),
      ),
      before,
      after,
    )
  }
  return intern('broadcast', [x], {}, result)
}

export const zeros = (shape: Shape): Tensor => broadcast(scalar(0), shape)
export const ones = (shape: Shape): Tensor => broadcast(scalar(1), shape)

/** The identity matrix `[n, n]`. */
export function eye(n: number): Tensor {
  const data = new Float64Array(n * n)
  for (let i = 0; i < n; i++) data[i * n + i] = 1
  return constant(data, [n, n])
}
