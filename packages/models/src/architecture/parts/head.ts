import { add, div, exp, linear, mul, sigmoid, softmax, sqrt, sum, type Tensor } from '@vitrine/tensor'
import type { Layers } from './layers.ts'

/**
 * What makes scores of an image's embedding:
 *
 * - `linear`: a layer with one row for each class.
 * - `texts`: cosines with the embeddings of texts, times a scale (Radford et al., ICML 2021); `sigmoid` where each text is a question of its
 *   own and a bias is added (Zhai et al., ICCV 2023).
 * - `none`: the numbers of the embedding themselves.
 */
export type Head =
  | { readonly kind: 'linear' }
  | {
      readonly kind: 'texts'
      /** A number, or learned: the exponential of the model's `logit_scale`. */
      readonly scale: number | 'learned'
      readonly sigmoid?: boolean
    }
  | { readonly kind: 'none' }

/** `[batch, features]` to `[batch, classes]`. The rows of `texts.weight` have the length 1. */
export function textLogits(
  layers: Layers,
  embedding: Tensor,
  classes: number,
  { scale, sigmoid: isSigmoid }: Extract<Head, { kind: 'texts' }>,
): Tensor {
  const unit = div(embedding, sqrt(sum(mul(embedding, embedding), [-1])))
  const cosines = linear(unit, layers.parameter('texts.weight', [classes, embedding.shape.at(-1) ?? 1]))
  const scaled = mul(cosines, scale === 'learned' ? exp(layers.parameter('logit_scale', [1])) : scale)
  return isSigmoid ? add(scaled, layers.parameter('logit_bias', [1])) : scaled
}

/** One probability for all classes together, or, of a sigmoid head, one for each. */
export const probabilitiesOf = (logits: Tensor, head: Head): Tensor =>
  head.kind === 'texts' && head.sigmoid ? sigmoid(logits) : softmax(logits)
