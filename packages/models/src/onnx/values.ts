import { broadcastShapes, constant, interpret, program, type Shape, sizeOf, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { Kind } from './elements.ts'
import { LIMITS } from './limits.ts'

/**
 * Numbers that are known while a file is opened: sizes, axes, indices, masks, constants. What a graph computes of them is computed then, so
 * that a program has no arithmetic of shapes. Whole numbers are always such: a tensor of a program has floats.
 */
export interface Numbers {
  readonly kind: Kind
  readonly shape: Shape
  readonly data: Float64Array
}

/** What a name in a graph stands for. */
export type Value = Numbers | Tensor

export const isNumbers = (value: Value): value is Numbers => 'kind' in value

export function numbers(data: ArrayLike<number>, shape: Shape = [data.length], kind: Kind = 'int'): Numbers {
  return { kind, shape, data: Float64Array.from(data) }
}

/** A value as a tensor of a program. */
export const asTensor = (value: Value): Tensor => (isNumbers(value) ? constant(value.data, value.shape) : value)

function checkCount(shape: Shape): void {
  if (sizeOf(shape) > LIMITS.constants)
    throw new ModelError(`expected at most ${LIMITS.constants} numbers in a constant, got [${shape.join(', ')}]`)
}

/** The same numbers in another place: what an op that only moves them makes of them. */
export function moved(value: Value, move: (t: Tensor) => Tensor): Value {
  if (!isNumbers(value)) return move(value)
  const t = move(asTensor(value))
  checkCount(t.shape)
  return { ...value, shape: t.shape, data: evaluated(t) }
}

/** The numbers of a tensor that depends on no input, in float64. */
export function evaluated(t: Tensor, weights?: (name: string) => Numbers): Float64Array {
  return Float64Array.from(interpret(program({ t }), {}, weights).t?.data ?? [])
}

/** The same numbers under another shape. */
export function viewed(value: Value, shape: Shape, reshape: (t: Tensor, shape: Shape) => Tensor): Value {
  if (!isNumbers(value)) return reshape(value, shape)
  if (sizeOf(shape) !== value.data.length)
    throw new ModelError(`cannot view [${value.shape.join(', ')}] as [${shape.join(', ')}]`)
  return { ...value, shape }
}

/** f of each number. */
export const mapped = (x: Numbers, f: (x: number) => number, kind: Kind = x.kind): Numbers => ({
  kind,
  shape: x.shape,
  data: x.data.map(f),
})

/** f of numbers in the same place, after NumPy's broadcasting. */
export function combined(operands: readonly Numbers[], f: (...x: number[]) => number, kind: Kind): Numbers {
  const shape = operands.reduce<Shape>((all, { shape }) => broadcastShapes('add', all, shape), [])
  checkCount(shape)
  const steps = operands.map(x => stridesIn(x.shape, shape.length))
  const data = new Float64Array(sizeOf(shape))
  const index = shape.map(() => 0)
  const at = operands.map(() => 0)
  for (let i = 0; i < data.length; i++) {
    data[i] = f(...operands.map((x, k) => x.data[at[k] ?? 0] ?? 0))
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [next, size] = [(index[axis] ?? 0) + 1, shape[axis] ?? 1]
      const step = next < size ? 1 : 1 - size
      index[axis] = next < size ? next : 0
      for (const [k, strides] of steps.entries()) at[k] = (at[k] ?? 0) + step * (strides[axis] ?? 0)
      if (next < size) break
    }
  }
  return { kind, shape, data }
}

/** Row-major strides of a shape, aligned to a rank; axes of size 1 are repeated. */
function stridesIn(shape: Shape, rank: number): number[] {
  const own = shape.map((n, axis) => (n === 1 ? 0 : sizeOf(shape.slice(axis + 1))))
  return [...Array<number>(rank - shape.length).fill(0), ...own]
}
