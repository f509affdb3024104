import { intern } from './intern.ts'
import { scalar } from './leaves.ts'
import { broadcast, pad, slice } from './movement.ts'
import type { Shape, Tensor, TensorOf } from './ops.ts'
import { broadcastShapes, type Result, resultOf } from './shapes.ts'
import { only, sameNumbers, scalarValue } from './tensor.ts'

type Unary = 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt' | 'relu' | 'sigmoid' | 'tanh' | 'erf' | 'gelu'
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'greater' | 'equal'

/** Operations with f(0) = 0: they leave the zeros around a padded tensor where they are. */
const keepsZero: { readonly [O in Unary]: boolean } = {
  neg: true,
  abs: true,
  sign: true,
  exp: false,
  log: false,
  sqrt: true,
  relu: true,
  sigmoid: false,
  tanh: true,
  erf: true,
  gelu: true,
}

function unary(op: Unary): (x: Tensor) => Tensor {
  const of = (x: Tensor): Tensor => {
    const result = resultOf(op, [x], {})
    if (keepsZero[op] && x.op === 'pad') return pad(of(only(x)), x.params.before, x.params.after)
    // Each pixel once, and not wherever a window sees it.
    if (x.op === 'unfold') return intern('unfold', [of(only(x))], x.params, result)
    return intern(op, [x], {}, result)
  }
  return of
}

export const neg: (x: Tensor) => Tensor = unary('neg')
export const abs: (x: Tensor) => Tensor = unary('abs')
/** -1, 0 or 1. */
export const sign: (x: Tensor) => Tensor = unary('sign')
export const exp: (x: Tensor) => Tensor = unary('exp')
export const log: (x: Tensor) => Tensor = unary('log')
export const sqrt: (x: Tensor) => Tensor = unary('sqrt')
export const relu: (x: Tensor) => Tensor = unary('relu')
export const sigmoid: (x: Tensor) => Tensor = unary('sigmoid')
export const tanh: (x: Tensor) => Tensor = unary('tanh')
export const erf: (x: Tensor) => Tensor = unary('erf')
/** x * Phi(x) with the exact normal distribution function (not the tanh approximation). */
export const gelu: (x: Tensor) => Tensor = unary('gelu')

export type Operand = Tensor | number
const lift = (x: Operand): Tensor => (typeof x === 'number' ? scalar(x) : x)

const isZero = (t: Tensor): boolean => scalarValue(t.op === 'broadcast' ? only(t) : t) === 0

/** a + b. */
export function add(a: Operand, b: Operand): Tensor {
  const [x, y, result] = operands('add', a, b)
  if (isZero(x)) return broadcast(y, result.shape)
  if (isZero(y)) return broadcast(x, result.shape)
  return sumOfPadded('add', x, y) ?? intern('add', [x, y], {}, result)
}

/** a - b. */
export function sub(a: Operand, b: Operand): Tensor {
  const [x, y, result] = operands('sub', a, b)
  if (isZero(y)) return broadcast(x, result.shape)
  return sumOfPadded('sub', x, y) ?? intern('sub', [x, y], {}, result)
}

/** a * b. */
export function mul(a: Operand, b: Operand): Tensor {
  const [x, y, result] = operands('mul', a, b)
  if (isZero(x) || isZero(y)) return broadcast(scalar(0), result.shape)
  if (scalarValue(x) === 1) return broadcast(y, result.shape)
  if (scalarValue(y) === 1) return broadcast(x, result.shape)
  if (x.op === 'pad') return scaledPad(x, y, mul)
  if (y.op === 'pad') return scaledPad(y, x, (inner, other) => mul(other, inner))
  return intern('mul', [x, y], {}, result)
}

/** a / b. */
export function div(a: Operand, b: Operand): Tensor {
  const [x, y, result] = operands('div', a, b)
  if (isZero(x)) return broadcast(scalar(0), result.shape)
  if (scalarValue(y) === 1) return broadcast(x, result.shape)
  if (x.op === 'pad') return scaledPad(x, y, div)
  return intern('div', [x, y], {}, result)
}

function binary(op: Binary): (a: Operand, b: Operand) => Tensor {
  return (a, b) => {
    const [x, y, result] = operands(op, a, b)
    return intern(op, [x, y], {}, result)
  }
}

export const maximum: (a: Operand, b: Operand) => Tensor = binary('maximum')
export const minimum: (a: Operand, b: Operand) => Tensor = binary('minimum')
/** 1 where a > b, else 0. */
export const greater: (a: Operand, b: Operand) => Tensor = binary('greater')
/** 1 where a = b, else 0. */
export const equal: (a: Operand, b: Operand) => Tensor = binary('equal')

/** a where the condition is not 0, else b. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const result = resultOf('where', [condition, lift(a), lift(b)], {})
  const [x, y] = unrepeated(lift(a), lift(b), broadcastShapes('where', lift(a).shape, lift(b).shape))
  if (isZero(x) && y.op === 'pad') return scaledPad(y, condition, (inner, inside) => where(inside, 0, inner))
  if (isZero(y) && x.op === 'pad') return scaledPad(x, condition, (inner, inside) => where(inside, inner, 0))
  return intern('where', [condition, x, y], {}, result)
}

function operands(op: Binary, a: Operand, b: Operand): [Tensor, Tensor, Result] {
  const [x, y] = [lift(a), lift(b)]
  const result = resultOf(op, [x, y], {})
  const [u, v] = unrepeated(x, y, result.shape)
  return [u, v, result]
}

/** Two operands that broadcast to a shape: an op repeats one by itself where the other one has the full shape. */
function unrepeated(x: Tensor, y: Tensor, shape: Shape): [Tensor, Tensor] {
  if (x.op === 'broadcast' && sameNumbers(y.shape, shape)) return [only(x), y]
  if (y.op === 'broadcast' && sameNumbers(x.shape, shape)) return [x, only(y)]
  return [x, y]
}

// pad(x) ± pad(y) = pad(x ± y) where both have their zeros in the same place.
function sumOfPadded(op: 'add' | 'sub', x: Tensor, y: Tensor): Tensor | undefined {
  if (x.op !== 'pad' || y.op !== 'pad') return undefined
  const { before, after } = x.params
  if (!sameNumbers(before, y.params.before) || !sameNumbers(after, y.params.after)) return undefined
  return pad(op === 'add' ? add(only(x), only(y)) : sub(only(x), only(y)), before, after)
}

// f(pad(x), y) = pad(f(x, y inside)) for a product or a quotient.
function scaledPad(x: TensorOf<'pad'>, y: Tensor, f: (inner: Tensor, other: Tensor) => Tensor): Tensor {
  const rank = Math.max(x.shape.length, y.shape.length)
  const lead = rank - x.shape.length
  const before = [...Array<number>(lead).fill(0), ...x.params.before]
  const after = [...Array<number>(lead).fill(0), ...x.params.after]
  const inside = y.shape.map((n, i): readonly [number, number] => {
    const axis = i + rank - y.shape.length
    return n === 1 ? [0, 1] : [before[axis] ?? 0, n - (after[axis] ?? 0)]
  })
  return pad(f(only(x), slice(y, inside)), before, after)
}
