import * as t from '@vitrine/tensor'
import { dim, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import { mul } from '../canonical.ts'
import { axisOf, type Translation, type Translations } from '../operation.ts'
import { isNumbers, numbers } from '../values.ts'

const meanOver = (x: Tensor, axes: readonly number[]): Tensor =>
  mul(t.sum(x, axes), t.scalar(1 / axes.reduce((count, axis) => count * dim(x.shape, axis), 1)))

/** A reduction over axes, all where none are said, which stay with size 1 unless they shall not. */
const over =
  (reduce: (x: Tensor, axes: readonly number[]) => Tensor): Translation =>
  operation => {
    const x = operation.tensor(0)
    const rank = x.shape.length
    const said = operation.list(1, 'axes')
    if (said?.length === 0 && operation.int('noop_with_empty_axes', 0) === 1) return x
    const axes = (said?.length ? said : x.shape.map((_, axis) => axis)).map(axis => axisOf(axis, rank))
    const y = reduce(x, axes)
    if (operation.int('keepdims', 1) === 1) return y
    return t.reshape(
      y,
      x.shape.filter((_, axis) => !axes.includes(axis)),
    )
  }

const ReduceProd: Translation = operation => {
  const x = operation.numbers(0, 'what is multiplied')
  if (operation.list(1, 'axes') && x.shape.length !== 1)
    throw new ModelError('the product of part of the axes is not read')
  const product = x.data.reduce((all, n) => all * n, 1)
  return numbers([product], operation.int('keepdims', 1) === 1 ? x.shape.map(() => 1) : [], x.kind)
}

/** A reduction over all places of an image, `[batch, channels, …]`. */
const overPlaces =
  (reduce: (x: Tensor, axes: readonly number[]) => Tensor): Translation =>
  operation => {
    const x = operation.tensor(0)
    return reduce(x, x.shape.map((_, axis) => axis).slice(2))
  }

/** A reduction of whole numbers to one is arithmetic of shapes. */
const ofNumbersToo =
  (translation: Translation, reduce: (a: number, b: number) => number): Translation =>
  operation => {
    const x = operation.value(0)
    if (!isNumbers(x) || x.kind === 'float' || x.shape.length > 1) return translation(operation)
    return numbers([x.data.reduce(reduce)], operation.int('keepdims', 1) === 1 ? x.shape : [], x.kind)
  }

/** Sums, means and largest numbers over axes. */
export const reductions: Translations = {
  GlobalAveragePool: overPlaces(meanOver),
  GlobalMaxPool: overPlaces(t.max),
  ReduceL2: over((x, axes) => t.sqrt(t.sum(t.mul(x, x), axes))),
  ReduceMax: ofNumbersToo(over(t.max), Math.max),
  ReduceMean: over(meanOver),
  ReduceMin: over((x, axes) => t.neg(t.max(t.neg(x), axes))),
  ReduceProd,
  ReduceSum: ofNumbersToo(over(t.sum), (a, b) => a + b),
  ReduceSumSquare: over((x, axes) => t.sum(t.mul(x, x), axes)),
}
