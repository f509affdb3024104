import type { Pair, Windows } from './windows.ts'

/** Element type of a tensor. `float` is float32 on the engines and float64 in the reference interpreter; `int` holds indices. */
export type DType = 'float' | 'int'

export type Shape = readonly number[]

type None = Readonly<Record<string, never>>

/**
 * The closed set of operations and the static parameters of each. Every table over operations (kernels, derivatives,
 * lowerings, windows) is a total mapped type over these names, so the compiler asks for a row wherever an op is added.
 *
 * Reductions keep the reduced axes with size 1. `softmax`, `layerNorm` and `topK` work on the last axis.
 */
export interface OpParams {
  // Leaves
  input: { readonly name: string }
  parameter: { readonly name: string }
  constant: { readonly data: Float64Array }
  // Element-wise, one operand
  neg: None
  abs: None
  sign: None
  exp: None
  log: None
  sqrt: None
  relu: None
  sigmoid: None
  tanh: None
  erf: None
  gelu: None
  // Element-wise with NumPy broadcasting
  add: None
  sub: None
  mul: None
  div: None
  maximum: None
  minimum: None
  /** 1 where a > b, else 0. */
  greater: None
  /** 1 where a = b, else 0. */
  equal: None
  /** (condition, a, b): a where the condition is not 0, else b. */
  where: None
  // Contractions and reductions
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean }
  sum: { readonly axes: readonly number[] }
  max: { readonly axes: readonly number[] }
  softmax: None
  /** (x, scale, bias) over the last axis. */
  layerNorm: { readonly epsilon: number }
  // Movement
  reshape: None
  transpose: { readonly permutation: readonly number[] }
  slice: { readonly starts: readonly number[]; readonly ends: readonly number[] }
  /** Surrounds with zeros. */
  pad: { readonly before: readonly number[]; readonly after: readonly number[] }
  concat: { readonly axis: number }
  broadcast: None
  /** (x, indices): rows of `x` along an axis, `indices` of rank 1. */
  gather: { readonly axis: number }
  // Windows
  /** `[…, channels, height, width]` to `[…, windows, channels * rows * columns]`: what each window sees, as a row. */
  unfold: Windows
  /** The adjoint of `unfold`: each row is added to the pixels of its window. `size` is that of the image. */
  fold: Windows & { readonly size: Pair }
  // Selection
  /** The k largest of the last axis, largest first; equal values in index order. */
  topK: { readonly k: number; readonly output: 'values' | 'indices' }
  /** int [...] to float [..., depth]. */
  oneHot: { readonly depth: number }
}

export type Op = keyof OpParams

/** One operation applied: an immutable node of a program. Equal nodes are the same object. */
export interface TensorOf<O extends Op> {
  /** Grows with creation, so inputs always have a smaller id than their consumers. */
  readonly id: number
  readonly op: O
  readonly inputs: readonly Tensor[]
  readonly params: OpParams[O]
  readonly shape: Shape
  readonly dtype: DType
}

export type Tensor = { [O in Op]: TensorOf<O> }[Op]
