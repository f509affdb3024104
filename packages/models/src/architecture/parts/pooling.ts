import {
  add,
  broadcast,
  concat,
  dim,
  matmul,
  mul,
  reshape,
  sliceAxis,
  softmax,
  sum,
  type Tensor,
} from '@vitrine/tensor'
import type { Pooling } from '../config.ts'
import { joinHeads, scoresOf, splitHeads } from './attention.ts'
import type { Layers } from './layers.ts'
import { type Perceptron, perceptron } from './perceptron.ts'

/** What the head reads of tokens `[batch, tokens, width]`. */
export interface Pooled {
  /** `[batch, size]`; two of them where two heads read a token each. */
  readonly features: readonly Tensor[]
  /** How a query of its own attends to the tokens, `[batch, heads, 1, tokens]`. */
  readonly attention?: Tensor
}

/** The token at an index, `[batch, width]`. */
const token = (tokens: Tensor, index: number): Tensor =>
  reshape(sliceAxis(tokens, 1, index, index + 1), [-1, dim(tokens.shape, -1)])

// A factor and no division: relevance rules are defined for products with a constant.
function patchMean(tokens: Tensor, prefix: number): Tensor {
  const [, count = 1, width = 1] = tokens.shape
  return reshape(mul(sum(sliceAxis(tokens, 1, prefix, count), [1]), 1 / (count - prefix)), [-1, width])
}

/** What each kind of head without a query reads, behind `prefix` tokens. */
export const pools: Readonly<
  Record<Exclude<Pooling, 'attention'>, (tokens: Tensor, prefix: number) => readonly Tensor[]>
> = {
  class: tokens => [token(tokens, 0)],
  'patch-mean': (tokens, prefix) => [patchMean(tokens, prefix)],
  'class-and-patch-mean': (tokens, prefix) => [concat([token(tokens, 0), patchMean(tokens, prefix)], 1)],
  'class-and-distillation': tokens => [token(tokens, 0), token(tokens, 1)],
}

/** A query of its own that attends to the tokens, and a perceptron behind it. */
export interface AttentionPooling {
  readonly heads: number
  /** Whether the query is a parameter as it is, keys and values have no bias, and there is no perceptron. */
  readonly isPlain: boolean
  readonly perceptron: Perceptron
  readonly mlpWidth: number
}

/** The attention pooling of SigLIP (Zhai et al., CVPR 2022, section 3.4: MAP head), or the plain one of AIMv2 (Fini et al., CVPR 2025). */
export function attentionPooling(
  layers: Layers,
  tokens: Tensor,
  { heads, isPlain, perceptron: kind, mlpWidth }: AttentionPooling,
): Required<Pooled> {
  const [batch = 1, , width = 1] = tokens.shape
  const probe = layers.parameter('attn_pool.latent', [1, 1, width])
  const query = splitHeads(isPlain ? probe : layers.dense(probe, 'attn_pool.q', width), heads)
  const pair = layers.dense(tokens, 'attn_pool.kv', 2 * width, !isPlain)
  const [key, value] = [0, 1].map(i => splitHeads(sliceAxis(pair, 2, i * width, (i + 1) * width), heads)) as [
    Tensor,
    Tensor,
  ]
  const attention = softmax(scoresOf(broadcast(query, [batch, ...query.shape.slice(1)]), key))
  const read = layers.dense(joinHeads(matmul(attention, value)), 'attn_pool.proj', width)
  if (isPlain) return { features: [reshape(read, [batch, width])], attention }
  const { output } = perceptron(layers, kind, layers.norm(read, 'attn_pool.norm'), 'attn_pool.mlp', mlpWidth)
  return { features: [reshape(add(read, output), [batch, width])], attention }
}
