import { matmul, mul, neg, type Shape, softmax, sum, type Tensor, transpose } from '@vitrine/tensor'
import type { Build, Cases, Leaves } from './case.ts'
import { random } from './random.ts'

interface Geometry {
  readonly batch: number
  readonly heads: number
  readonly queries: number
  readonly keys: number
  /** Numbers for each token: of queries and keys, and of values. */
  readonly sizes: readonly [number, number]
}

const SMALL: Geometry = { batch: 2, heads: 3, queries: 5, keys: 5, sizes: [4, 4] }

const split = (l: Leaves, shape: Shape): Tensor => transpose(l.float(shape), [0, 2, 1, 3])

const operands = (l: Leaves, { batch, heads, queries, keys, sizes: [size, valueSize] }: Geometry) => ({
  query: split(l, [batch, queries, heads, size]),
  key: split(l, [batch, keys, heads, size]),
  value: split(l, [batch, keys, heads, valueSize]),
})

const join = (context: Tensor): Tensor => transpose(context, [0, 2, 1, 3])

const attention =
  (geometry: Partial<Geometry> = {}, scaled = (products: Tensor): Tensor => mul(products, 0.5)): Build =>
  l => {
    const { query, key, value } = operands(l, { ...SMALL, ...geometry })
    return join(matmul(softmax(scaled(matmul(query, key, false, true))), value))
  }

function drawn(seed: number): Build {
  const d = random(seed)
  const upTo = (n: number): number => 1 + d.below(n)
  const geometry = {
    batch: upTo(3),
    heads: upTo(4),
    queries: upTo(70),
    keys: upTo(140),
    sizes: [upTo(20), upTo(20)] as const,
  }
  const scale = d.pick([0.1, 0.25, 1])
  return attention(geometry, products => mul(products, scale))
}

/** Attention as models and explanations compute it. Engines may run it as one kernel where nothing else reads a part of it. */
export const attentionCases: Cases = {
  attention: attention(),
  'attention without a scale': attention({}, products => products),
  'attention with a negative scale': attention({}, products => mul(-0.5, products)),
  'attention with a scale of 0': attention({}, products => mul(products, 0)),
  'attention with a scale for each head': l => attention({}, products => mul(products, l.float([3, 1, 1])))(l),
  'attention with large scores': attention({}, products => mul(products, 1000)),
  'attention of one query': attention({ queries: 1 }),
  'attention to one key': attention({ keys: 1 }),
  'attention of one head': attention({ heads: 1 }),
  'attention to values of another size': attention({ keys: 7, sizes: [4, 6] }),
  'attention that is read elsewhere': l => {
    const { query, key, value } = operands(l, SMALL)
    const weights = softmax(mul(matmul(query, key, false, true), 0.5))
    return { context: join(matmul(weights, value)), received: sum(weights, [2]) }
  },
  'attention whose scores are read elsewhere': l => {
    const { query, key, value } = operands(l, SMALL)
    const scores = mul(matmul(query, key, false, true), 0.5)
    return { context: join(matmul(softmax(scores), value)), opposite: neg(scores) }
  },
  'attention that all images share': l => {
    const { query, key } = operands(l, { ...SMALL, batch: 1 })
    const { value } = operands(l, SMALL)
    return join(matmul(softmax(matmul(query, key, false, true)), value))
  },
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`random attention ${i + 1}`, drawn(i + 1)])),
}
