import { bisectLeft, bisectRight } from 'd3-array'

/** Ranks from 1; equal values share the mean of their places. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const sorted = Array.from(Float64Array.from(values).sort())
  return Float64Array.from(values, value => (bisectLeft(sorted, value) + bisectRight(sorted, value) + 1) / 2)
}

/** Pearson's correlation; `null` where one side does not vary. */
export function pearson(a: Float64Array, b: Float64Array): number | null {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [product, squaresA, squaresB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB]
    product += x * y
    squaresA += x * x
    squaresB += y * y
  }
  return squaresA === 0 || squaresB === 0 ? null : product / Math.sqrt(squaresA * squaresB)
}

/** Spearman's rank correlation, with ties; `null` where one side does not vary. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return pearson(ranks(a), ranks(b))
}
