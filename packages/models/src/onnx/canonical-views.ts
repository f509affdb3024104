import * as t from '@vitrine/tensor'
import { dim, isFixed, only, type Shape, sizeOf, type Tensor } from '@vitrine/tensor'

/*
 * Queries, keys and values are parts of one product. Exporters view it as [batch, tokens, 3, heads, size], transpose it and take each part
 * of the first axis; here each part is taken where the product is made, and its heads are split off as those of a model with three products.
 */

/** Entries `[start, end)` of an axis, taken before the tensor was transposed or its last axis was split. */
export function sliceAxis(x: Tensor, axis: number, start: number, end: number): Tensor {
  if (isFixed(x) || (start === 0 && end === dim(x.shape, axis))) return t.sliceAxis(x, axis, start, end)
  if (x.op === 'transpose') {
    const { permutation } = x.params
    return t.transpose(sliceAxis(only(x), dim(permutation, axis), start, end), permutation)
  }
  const source = x.op === 'reshape' ? only(x) : undefined
  if (source && isSplitFrom(source.shape, x.shape, axis)) {
    const each = sizeOf(x.shape.slice(axis + 1))
    const part = t.sliceAxis(source, -1, start * each, end * each)
    return t.reshape(part, x.shape.with(axis, end - start))
  }
  return t.sliceAxis(x, axis, start, end)
}

/** Whether a shape is another one whose last axis is split, `axis` being the first of its parts. */
const isSplitFrom = (source: Shape, shape: Shape, axis: number): boolean =>
  axis === source.length - 1 && shape.length > source.length && `${source.slice(0, axis)}` === `${shape.slice(0, axis)}`

/** Another shape. Where a transposed tensor gains or loses an axis of size 1, so does what was transposed. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (x.op !== 'transpose' || isFixed(x)) return t.reshape(x, shape)
  const { permutation } = x.params
  const source = only(x)
  const lost = axisBetween(x.shape, shape)
  if (lost !== undefined) {
    const axis = dim(permutation, lost)
    const order = permutation.toSpliced(lost, 1).map(at => (at > axis ? at - 1 : at))
    return t.transpose(reshape(source, source.shape.toSpliced(axis, 1)), order)
  }
  const gained = axisBetween(shape, x.shape)
  if (gained === undefined) return t.reshape(x, shape)
  const order = permutation.map(at => at + 1).toSpliced(gained, 0, 0)
  return t.transpose(reshape(source, [1, ...source.shape]), order)
}

/** The axis of size 1 that a shape has and another one lacks. */
function axisBetween(longer: Shape, shorter: Shape): number | undefined {
  if (longer.length !== shorter.length + 1) return undefined
  const axis = longer.findIndex((n, i) => n === 1 && `${longer.toSpliced(i, 1)}` === `${shorter}`)
  return axis < 0 ? undefined : axis
}
