import type { DType, Op, OpParams, Shape, Tensor } from './ops.ts'

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

let nextId = 0
const interned = new Map<string, WeakRef<Tensor>>()
const forget = new FinalizationRegistry<string>(key => {
  if (interned.get(key)?.deref() === undefined) interned.delete(key)
})

/** The node for this operation: an existing one if an equal one is alive, else a new one. */
export function intern<O extends Op>(
  op: O,
  inputs: readonly Tensor[],
  params: OpParams[O],
  shape: Shape,
  dtype: DType = 'float',
): Tensor {
  const key = `${op}(${inputs.map(t => t.id).join(' ')})${keyOf(params)}${shape.join('x')}${dtype}`
  const known = interned.get(key)?.deref()
  if (known) return known
  const node = Object.freeze({ id: nextId++, op, inputs: Object.freeze([...inputs]), params, shape, dtype }) as Tensor
  interned.set(key, new WeakRef(node))
  forget.register(node, key)
  return node
}

function keyOf(params: OpParams[Op]): string {
  if ('data' in params && params.data instanceof Float64Array) return digest(params.data)
  return JSON.stringify(params)
}

// 106 bits of two multiplicative hashes over the 32-bit halves: equal constants meet, different ones practically never.
export function digest(data: Float64Array): string {
  if (data.length <= 4) return Array.from(data, n => (Object.is(n, -0) ? '-0' : n)).join(',')
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
  let [a, b, c, d] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35]
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193)
    b = Math.imul(b + word, 0x85ebca77) ^ (b >>> 13)
    c = Math.imul(c ^ (word >>> 7), 0xc2b2ae3d) + word
    d = (Math.imul(d, 31) + word) | 0
  }
  return `${data.length}:${a >>> 0}:${b >>> 0}:${c >>> 0}:${d >>> 0}`
}

/** A value given at every run, named; shape `[batch, …]` and so on, all sizes static. */
export const input = (name: string, shape: Shape, dtype: DType = 'float'): Tensor =>
  intern('input', [], { name }, shape, dtype)

/** A weight of the model, looked up by name when a program is compiled. Only the number of elements must agree. */
export const parameter = (name: string, shape: Shape): Tensor => intern('parameter', [], { name }, shape)

/** Numbers that are part of the program. */
export function constant(data: ArrayLike<number>, shape: Shape = [data.length]): Tensor {
  if (data.length !== sizeOf(shape))
    throw new ShapeError('constant', `${data.length} numbers do not fill ${show(shape)}`)
  return intern('constant', [], { data: Float64Array.from(data) }, shape)
}

export const scalar = (value: number): Tensor => constant([value], [])

/** The value of a scalar constant, or undefined for any other tensor. */
export const scalarValue = (t: Tensor): number | undefined =>
  t.op === 'constant' && t.shape.length === 0 ? t.params.data[0] : undefined

export function requireFloat(op: Op, x: Tensor): void {
  if (x.dtype !== 'float') throw new ShapeError(op, `expected a float tensor, got ${x.dtype} ${show(x.shape)}`)
}

/** The first operand of an operation that has one. */
export function only(t: Tensor): Tensor {
  const [x] = t.inputs
  if (!x) throw new ShapeError(t.op, 'expected an operand')
  return x
}

/** The operands of an operation that has two. */
export function operandsOf(t: Tensor): readonly [Tensor, Tensor] {
  const [a, b] = t.inputs
  if (!a || !b || t.inputs.length !== 2) throw new ShapeError(t.op, `expected two operands, got ${t.inputs.length}`)
  return [a, b]
}

/** The operands of an operation that has three. */
export function threeOperandsOf(t: Tensor): readonly [Tensor, Tensor, Tensor] {
  const [a, b, c] = t.inputs
  if (!a || !b || !c) throw new ShapeError(t.op, `expected three operands, got ${t.inputs.length}`)
  return [a, b, c]
}
