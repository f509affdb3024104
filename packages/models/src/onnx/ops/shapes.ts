import * as t from '@vitrine/tensor'
import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import { LIMITS } from '../limits.ts'
import { kindOf, type Translation, type Translations } from '../operation.ts'
import { isNumbers, numbers } from '../values.ts'

const Constant: Translation = operation => {
  const tensor = operation.stored('value')
  if (tensor) return operation.graph.stored(tensor)
  const lists = [
    ['value_ints', 'int'],
    ['value_floats', 'float'],
  ] as const
  for (const [name, kind] of lists) {
    const list = operation.ints(name)
    if (list) return numbers(list, [list.length], kind)
  }
  const int = operation.int('value_int', Number.NaN)
  const float = operation.float('value_float', Number.NaN)
  if (Number.isNaN(int) && Number.isNaN(float)) throw new ModelError('a constant of text, or sparse: not read')
  return Number.isNaN(int) ? numbers([float], [], 'float') : numbers([int], [])
}

const ConstantOfShape: Translation = operation => {
  const shape = Array.from(operation.numbers(0, 'a shape').data)
  if (shape.some(n => n < 0) || sizeOf(shape) > LIMITS.constants)
    throw new ModelError(`expected a constant of at most ${LIMITS.constants} numbers, got [${shape.join(', ')}]`)
  const stored = operation.stored('value')
  const value = stored && operation.graph.stored(stored)
  const fill = value && isNumbers(value) ? (value.data[0] ?? 0) : 0
  const kind = stored ? kindOf(stored.type) : 'float'
  if (kind === 'float' && sizeOf(shape) > 64) return t.broadcast(t.scalar(fill), shape)
  return numbers(new Float64Array(sizeOf(shape)).fill(fill), shape, kind)
}

const Shape: Translation = operation => {
  const x = operation.value(0)
  const shape = isNumbers(x) ? x.shape : operation.graph.batching.oneImage(x)
  return numbers(shape.slice(operation.int('start', 0), operation.int('end', shape.length)))
}

const Size: Translation = operation => {
  const x = operation.value(0)
  return numbers([sizeOf(isNumbers(x) ? x.shape : operation.graph.batching.oneImage(x))], [])
}

const Range: Translation = operation => {
  const [start, limit, step] = [0, 1, 2].map(i => operation.numbers(i, 'a bound'))
  const [from = 0, to = 0, by = 0] = [start?.data[0], limit?.data[0], step?.data[0]]
  const count = Math.max(0, Math.ceil((to - from) / by))
  if (!Number.isFinite(count) || count > LIMITS.constants)
    throw new ModelError(`expected a range of at most ${LIMITS.constants} numbers, got ${from} to ${to} by ${by}`)
  return numbers(
    Array.from({ length: count }, (_, i) => from + i * by),
    [count],
    start?.kind,
  )
}

const Trilu: Translation = operation => {
  const x = operation.numbers(0, 'what a triangle is cut of')
  const k = operation.has(1) ? (operation.numbers(1, 'a diagonal').data[0] ?? 0) : 0
  const upper = operation.int('upper', 1) === 1
  const [rows = 1, columns = 1] = x.shape.slice(-2)
  const keeps = (i: number) => {
    const [row, column] = [Math.floor(i / columns) % rows, i % columns]
    return upper ? column - row >= k : column - row <= k
  }
  return { ...x, data: x.data.map((value, i) => (keeps(i) ? value : 0)) }
}

/** Constants, and ops that make numbers of shapes. */
export const shapes: Translations = { Constant, ConstantOfShape, Range, Shape, Size, Trilu }
