import { engine, type NamedAttrMap, type NamedTensorMap, type Tensor as Value } from '@tensorflow/tfjs-core'
import { type Shape, sizeOf } from '@vitrine/tensor'

export type { Value }

/** Runs one kernel of the engine that is set. */
export function kernel(name: string, operands: Readonly<Record<string, Value>>, attributes?: NamedAttrMap): Value {
  return engine().runKernel<Value>(name, { ...operands }, attributes)
}

/** Runs a kernel with several results. */
export function kernels(name: string, operands: Readonly<Record<string, Value>>, attributes?: NamedAttrMap): Value[] {
  return engine().runKernel<Value[]>(name, { ...operands }, attributes)
}

export const floats = (data: Float32Array, shape: Shape): Value => engine().makeTensor(data, [...shape], 'float32')
export const ints = (data: Int32Array, shape: Shape): Value => engine().makeTensor(data, [...shape], 'int32')
export const number = (value: number): Value => floats(Float32Array.of(value), [])

/** The same numbers under another shape, without a copy. */
export const reshape = (x: Value, shape: Shape): Value => kernel('Reshape', { x }, { shape: [...shape] })

/** Reshapes where the shape is another one. */
export const shaped = (x: Value, shape: Shape): Value =>
  x.shape.length === shape.length && shape.every((n, i) => n === x.shape[i]) ? x : reshape(x, shape)

export const unary = (name: string, x: Value): Value => kernel(name, { x })
export const binary = (name: string, a: Value, b: Value): Value => kernel(name, { a, b })

/** Rows of the last axis: `[..., n] -> [rows, n]`. */
export function matrixOf(x: Value): Value {
  const n = x.shape.at(-1) ?? 1
  return shaped(x, [sizeOf(x.shape) / n, n])
}

/** Matrices `[rows, ...]` side by side. */
export function sideBySide(parts: readonly Value[]): Value {
  // The type of `runKernel` forbids an array, but this kernel needs one.
  const operands = parts as unknown as NamedTensorMap
  return engine().runKernel<Value>('Concat', operands, { axis: 1 })
}
