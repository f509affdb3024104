import { add, dim, div, exp, linear, mul, sigmoid, softmax, type Tensor } from '@vitrine/tensor'
import type { Layers } from './layers.ts'
import { unit } from './unit.ts'

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

/** Cosines of embeddings with the vectors of classes, `[…, features]` to `[…, classes]`. The rows of `texts.weight` have the length 1. */
export function textCosines(layers: Layers, embedding: Tensor, classes: number): Tensor {
  return linear(unit(embedding), layers.parameter('texts.weight', [classes, dim(embedding.shape, -1)]))
}

/** `[batch, features]` to `[batch, classes]`. */
export function textLogits(
  layers: Layers,
  embedding: Tensor,
  classes: number,
  { scale, sigmoid: isSigmoid }: Extract<Head, { kind: 'texts' }>,
): Tensor {
  const scaled = mul(textCosines(layers, embedding, classes), scaleOf(layers, scale))
  return isSigmoid ? add(scaled, layers.parameter('logit_bias', [1])) : scaled
}

const scaleOf = (layers: Layers, scale: number | 'learned'): Tensor | number =>
  scale === 'learned' ? exp(layers.parameter('logit_scale', [1])) : scale

/**
 * One probability for all classes together, or, of a sigmoid head, one for each. A text that is alone has nothing to be likelier than: its
 * cosine stands there.
 */
export function probabilitiesOf(layers: Layers, logits: Tensor, head: Head): Tensor {
  if (head.kind !== 'texts') return softmax(logits)
  if (head.sigmoid) return sigmoid(logits)
  return dim(logits.shape, -1) === 1 ? div(logits, scaleOf(layers, head.scale)) : softmax(logits)
}
