import { isFixed } from './graph.ts'
import type { Op, Tensor, TensorOf } from './ops.ts'
import type { Program } from './program.ts'
import { dim, operandsOf, sizeOf } from './tensor.ts'

/**
 * Floating-point operations of each op. Counted are products and sums of contractions: ops whose work grows with more than the number of
 * elements that they read and write. All others are 0 by definition, element-wise functions, reductions and normalisations too: they are
 * bound by memory, and a transformer spends its arithmetic in products. Cost in records is a ratio of such counts.
 */
const flops: { readonly [O in Op]: 0 | ((node: TensorOf<O>) => number) } = {
  input: 0,
  parameter: 0,
  constant: 0,
  neg: 0,
  abs: 0,
  sign: 0,
  exp: 0,
  log: 0,
  sqrt: 0,
  relu: 0,
  sigmoid: 0,
  tanh: 0,
  erf: 0,
  gelu: 0,
  add: 0,
  sub: 0,
  mul: 0,
  div: 0,
  maximum: 0,
  minimum: 0,
  greater: 0,
  equal: 0,
  where: 0,
  // Two for each multiply-add.
  matmul: node => 2 * sizeOf(node.shape) * dim(operandsOf(node)[0].shape, node.params.transposeA ? -2 : -1),
  sum: 0,
  max: 0,
  softmax: 0,
  layerNorm: 0,
  reshape: 0,
  transpose: 0,
  slice: 0,
  pad: 0,
  concat: 0,
  broadcast: 0,
  gather: 0,
  // A convolution is counted where rows are multiplied.
  unfold: 0,
  fold: 0,
  topK: 0,
  oneHot: 0,
}

/** Floating-point operations of one node at every run: 0 for one that depends on no input, since it is computed once. */
export function flopsOf(node: Tensor): number {
  const count = flops[node.op] as 0 | ((node: Tensor) => number)
  return count === 0 || isFixed(node) ? 0 : count(node)
}

/** Floating-point operations of one run of a program: those of its contractions that depend on an input, two for each multiply-add. */
export const countFlops = ({ nodes }: Program): number => nodes.reduce((total, node) => total + flopsOf(node), 0)
