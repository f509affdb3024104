import type { Op, Shape, Tensor } from './ops.ts'

/** Thrown when operands do not fit an operation; the message names the op and the shapes. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
  constructor(op: Op | 'program' | 'grad', problem: string) {
    super(`[vitrine] [tensor] ${op}: ${problem}`)
  }
}

export const show = (shape: Shape): string => `[${shape.join(', ')}]`

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)

export const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i])

/** The size of an axis that is known to exist. */
export function dim(shape: Shape, axis: number): number {
  const n = shape.at(axis)
  if (n === undefined) throw new RangeError(`[vitrine] [tensor] axis ${axis} does not exist in ${show(shape)}`)
  return n
}

/** The value of a scalar constant, or undefined for any other tensor. */
export const scalarValue = (t: Tensor): number | undefined =>
  t.op === 'constant' && t.shape.length === 0 ? t.params.data[0] : undefined

type Applied = Pick<Tensor, 'op' | 'inputs'>

/** The first operand of an operation that has one or more. */
export function only(t: Applied): Tensor {
  const [x] = t.inputs
  if (!x) throw new ShapeError(t.op, 'expected an operand')
  return x
}

/** The operand of an operation that has exactly one. */
export function operandOf(t: Applied): Tensor {
  requireOperands(t, 1)
  return only(t)
}

/** The operands of an operation that has exactly two. */
export function operandsOf(t: Applied): readonly [Tensor, Tensor] {
  requireOperands(t, 2)
  return t.inputs as readonly Tensor[] as readonly [Tensor, Tensor]
}

/** The operands of an operation that has exactly three. */
export function threeOperandsOf(t: Applied): readonly [Tensor, Tensor, Tensor] {
  requireOperands(t, 3)
  return t.inputs as readonly Tensor[] as readonly [Tensor, Tensor, Tensor]
}

export function requireOperands({ op, inputs }: Applied, count: number): void {
  if (inputs.length !== count) throw new ShapeError(op, `expected ${count} operands, got ${inputs.length}`)
}
