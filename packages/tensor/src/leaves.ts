import { apply } from './intern.ts'
import type { DType, Shape, Tensor } from './ops.ts'

/** A value given at every run, named; shape `[batch, …]` and so on, all sizes static. */
export const input = (name: string, shape: Shape, dtype: DType = 'float'): Tensor =>
  apply('input', [], { name }, { shape, dtype })

/** A weight of the model, looked up by name when a program is compiled. Only the number of elements must agree. */
export const parameter = (name: string, shape: Shape): Tensor =>
  apply('parameter', [], { name }, { shape, dtype: 'float' })

/** Numbers that are part of the program. */
export const constant = (data: ArrayLike<number>, shape: Shape = [data.length]): Tensor =>
  apply('constant', [], { data: Float64Array.from(data) }, { shape, dtype: 'float' })

/** Whole numbers that are part of the program: indices for `gather` or `oneHot`. */
export const indices = (data: ArrayLike<number>, shape: Shape = [data.length]): Tensor =>
  apply('constant', [], { data: Float64Array.from(data) }, { shape, dtype: 'int' })

export const scalar = (value: number): Tensor => constant([value], [])
