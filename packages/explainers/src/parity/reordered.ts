import type { Weights } from '@vitrine/backends'
import type { Model } from '@vitrine/models'
import type { HostTensor } from '@vitrine/tensor'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { shuffle } from '../sampling/random.ts'

/** Whose first axis is channels, whose last axis is; the same of the hidden units of the perceptrons. */
const CHANNELS = {
  first: /^(patch_embed\.proj|norm)\.|\.(norm1|norm2|attn\.proj|mlp\.fc2)\./,
  last: /^(cls_token|pos_embed|head\.weight)$|\.(attn\.qkv|mlp\.fc1)\.weight$/,
}
const HIDDEN = { first: /\.mlp\.fc1\./, last: /\.mlp\.fc2\.weight$/ }

/**
 * The weights of a classifier whose channels and hidden units stand in another order, one for each seed. It is the same function, so every
 * map is the same; its sums are added in another order, so what is rounded is not.
 */
export function reordered({ weights, transformer }: Model, seed: number): Weights {
  const { width, mlpWidth } = transformer.config
  const generator = xoroshiro128plus(seed)
  const order = (count: number) => shuffle(() => uniformFloat64(generator), [...Array(count).keys()])
  const orders = [
    { ...CHANNELS, order: order(width) },
    { ...HIDDEN, order: order(mlpWidth) },
  ]
  return {
    id: `${weights.id} reordered ${seed}`,
    get: name =>
      orders.reduce((tensor, { first, last, order }) => {
        const rows = first.test(name) ? takeFirst(tensor, order) : tensor
        return last.test(name) ? takeLast(rows, order) : rows
      }, weights.get(name)),
  }
}

function takeFirst({ shape, data }: HostTensor, order: readonly number[]): HostTensor {
  const size = data.length / order.length
  return { shape, data: data.map((_, i) => data[(order[Math.floor(i / size)] ?? 0) * size + (i % size)] ?? 0) }
}

function takeLast({ shape, data }: HostTensor, order: readonly number[]): HostTensor {
  const size = order.length
  return { shape, data: data.map((_, i) => data[i - (i % size) + (order[i % size] ?? 0)] ?? 0) }
}
