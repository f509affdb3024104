import { add, dim, linear, matmul, mul, reshape, sliceAxis, softmax, type Tensor, transpose } from '@vitrine/tensor'
import type { BlockTrace } from '../../explainable.ts'
import type { Layers } from './layers.ts'

/** `[batch, tokens, width]` as `[batch, heads, tokens, width / heads]`. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch = 1, tokens = 1, width = 1] = x.shape
  return transpose(reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3])
}

/** `[batch, heads, tokens, size]` side by side: `[batch, tokens, heads * size]`. */
export function joinHeads(x: Tensor): Tensor {
  const [batch = 1, heads = 1, tokens = 1, size = 1] = x.shape
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size])
}

/**
 * Queries, keys and values, `[batch, heads, tokens, size]` each, by one linear layer.
 *
 * @param x `[batch, tokens, width]`
 */
export function projections(
  layers: Layers,
  x: Tensor,
  name: string,
  heads: number,
  hasBias: boolean,
): { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor } {
  const width = x.shape.at(-1) ?? 1
  const qkv = layers.dense(x, name, 3 * width, hasBias)
  const part = (i: number): Tensor => splitHeads(sliceAxis(qkv, 2, i * width, (i + 1) * width), heads)
  return { query: part(0), key: part(1), value: part(2) }
}

/** Products of queries and keys over the square root of their size, `[batch, heads, tokens, tokens]`. */
export function scoresOf(query: Tensor, key: Tensor, bias?: Tensor): Tensor {
  const scores = mul(matmul(query, key, false, true), (query.shape.at(-1) ?? 1) ** -0.5)
  return bias ? add(scores, bias) : scores
}

/**
 * What the heads of a block read, and what a unit of attention to each token adds.
 *
 * @param name what stands before the names of its parameters
 * @param placed brings the tokens of windows, `[batch * windows, cells, width]`, to their places; as they are if absent
 */
export function reading(
  layers: Layers,
  name: string,
  scores: Tensor,
  value: Tensor,
  placed = (tokens: Tensor): Tensor => tokens,
): Pick<BlockTrace, 'attention' | 'context' | 'projectedValue'> {
  const attention = softmax(scores)
  const context = placed(joinHeads(matmul(attention, value)))
  const width = dim(context.shape, -1)
  const output = layers.parameter(`${name}.proj.weight`, [width, width])
  return { attention, context, projectedValue: linear(placed(joinHeads(value)), output) }
}
