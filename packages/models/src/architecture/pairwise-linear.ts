import { add, dim, linear, sliceAxis, type Tensor } from '@vitrine/tensor'

/**
 * A linear layer whose inputs are multiplied 64 at a time and added pairwise. Rounding grows with the length of the running sum,
 * and what is rounded here is amplified by every block: relevance maps in float32 come closer to float64.
 */
export function pairwiseLinear(x: Tensor, weights: Tensor): Tensor {
  const size = dim(x.shape, -1)
  const part = (t: Tensor, start: number) => sliceAxis(t, -1, start, Math.min(start + 64, size))
  let sums: readonly Tensor[] = Array.from({ length: Math.ceil(size / 64) }, (_, i) =>
    linear(part(x, 64 * i), part(weights, 64 * i)),
  )
  while (sums.length > 1) sums = pairs(sums).map(([a, b]) => (b ? add(a, b) : a))
  return sums[0] ?? linear(x, weights)
}

const pairs = (list: readonly Tensor[]): (readonly [Tensor, Tensor | undefined])[] =>
  list.flatMap((a, i) => (i % 2 === 0 ? [[a, list[i + 1]] as const] : []))
