import type { Weights } from '@vitrine/backends/core'
import type { Model } from '@vitrine/models'
import type { HostTensor } from '@vitrine/tensor'
import { uniformSource } from '../run/seeds.ts'
import { shuffle } from '../sampling/draws.ts'

/** Names of the weights whose first or last axis is the model's channels, and of those whose axis is the hidden units of an MLP. */
const CHANNELS = {
  first: /^(patch_embed\.proj|norm)\.|\.(norm1|norm2|attn\.proj|mlp\.fc2)\./,
  last: /^(cls_token|pos_embed|head\.weight)$|\.(attn\.qkv|mlp\.fc1)\.weight$/,
}
const HIDDEN = { first: /\.mlp\.fc1\./, last: /\.mlp\.fc2\.weight$/ }

/**
 * The weights of a classifier with its channels and hidden units in another order, which depends on `seed`. The classifier is the same
 * function, so its exact maps are the same; its sums are added in another order, so its rounding errors are not.
 */
export function reordered({ weights }: Model, seed: number): Weights {
  const [mlpWidth = 1, width = 1] = weights.get('blocks.0.mlp.fc1.weight').shape
  const uniform = uniformSource(`order ${seed}`)
  const order = (count: number) => shuffle(uniform, [...Array(count).keys()])
  const orders = [
    { ...CHANNELS, order: order(width) },
    { ...HIDDEN, order: order(mlpWidth) },
  ]
  return {
    id: `${weights.id} reordered ${seed}`,
    get: name =>
      orders.reduce((tensor, { first, last, order }) => {
        const rows = first.test(name) ? take(tensor, order, tensor.data.length / order.length) : tensor
        return last.test(name) ? take(rows, order, 1) : rows
      }, weights.get(name)),
  }
}

/** Reorders an axis of a tensor; `inner` is the product of the lengths of the axes after it. */
function take({ shape, data }: HostTensor, order: readonly number[], inner: number): HostTensor {
  const size = order.length * inner
  const from = (i: number) => i - (i % size) + (order[Math.floor((i % size) / inner)] ?? 0) * inner + (i % inner)
  return { shape, data: data.map((_, i) => data[from(i)] ?? 0) }
}
