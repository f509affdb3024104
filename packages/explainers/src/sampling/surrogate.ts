import { Matrix, solve } from 'ml-matrix'

/** Samples of which segments were kept (1) or not (0), what the model said, and what each sample weighs. */
export interface Samples {
  readonly kept: readonly ArrayLike<number>[]
  readonly scores: readonly number[]
  readonly weights: readonly number[]
}

/** The coefficients of a weighted least-squares fit with an intercept; those of least norm where the samples do not determine them. */
export function leastSquares({ kept, scores, weights }: Samples): number[] {
  const { features, targets } = centred(kept, scores, weights)
  const roots = weights.map(Math.sqrt)
  const rows = features.map((row, i) => row.map(x => x * (roots[i] ?? 0)))
  const answer = solve(new Matrix(rows), Matrix.columnVector(targets.map((y, i) => y * (roots[i] ?? 0))), true)
  return answer.to1DArray()
}

/**
 * The coefficients that minimise half the weighted mean squared error plus a penalty, with an intercept that is not penalised:
 * `alpha` times the sum of sizes (lasso) or half of `alpha` times the sum of squares (ridge). By cyclic coordinate descent.
 */
export function penalised({ kept, scores, weights }: Samples, penalty: 'lasso' | 'ridge', alpha: number): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0)
  const shares = weights.map(w => w / total)
  const { features, targets } = centred(kept, scores, weights)
  const count = features[0]?.length ?? 0
  const columns = Array.from({ length: count }, (_, j) => features.map(row => row[j] ?? 0))
  const norms = columns.map(column => column.reduce((sum, x, i) => sum + (shares[i] ?? 0) * x * x, 0))
  const coefficients = Array<number>(count).fill(0)
  const residual = [...targets]
  for (let round = 0; round < 10_000; round++) {
    let largest = 0
    columns.forEach((column, j) => {
      const norm = norms[j] ?? 0
      if (norm === 0) return
      const old = coefficients[j] ?? 0
      const pull = column.reduce((sum, x, i) => sum + (shares[i] ?? 0) * x * (residual[i] ?? 0), 0) + norm * old
      const fresh =
        penalty === 'ridge' ? pull / (norm + alpha) : (Math.sign(pull) * Math.max(Math.abs(pull) - alpha, 0)) / norm
      if (fresh === old) return
      column.forEach((x, i) => {
        residual[i] = (residual[i] ?? 0) - (fresh - old) * x
      })
      coefficients[j] = fresh
      largest = Math.max(largest, Math.abs(fresh - old))
    })
    if (largest < 1e-10 * Math.max(...coefficients.map(Math.abs), Number.MIN_VALUE)) break
  }
  return coefficients
}

// Subtracts the weighted means, so that a fit without an intercept is one with it.
function centred(kept: readonly ArrayLike<number>[], scores: readonly number[], weights: readonly number[]) {
  const total = weights.reduce((sum, w) => sum + w, 0)
  const mean = (value: (i: number) => number) => weights.reduce((sum, w, i) => sum + w * value(i), 0) / total
  const means = Array.from(kept[0] ?? [], (_, j) => mean(i => kept[i]?.[j] ?? 0))
  const score = mean(i => scores[i] ?? 0)
  return {
    features: kept.map(row => Array.from(row, (x, j) => x - (means[j] ?? 0))),
    targets: scores.map(y => y - score),
  }
}
