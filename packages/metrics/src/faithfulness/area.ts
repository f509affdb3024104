import { MetricError } from '../errors.ts'
import type { AreaRule } from '../protocol.ts'

const areas: { [Rule in AreaRule]: (xs: readonly number[], ys: readonly number[]) => number } = {
  mean: (_, ys) => ys.reduce((sum, y) => sum + y, 0) / ys.length,
  trapezoid(xs, ys) {
    if (xs.length === 1) return ys[0]!
    let twice = 0
    for (let i = 1; i < xs.length; i++) twice += (xs[i]! - xs[i - 1]!) * (ys[i]! + ys[i - 1]!)
    return twice / 2 / (xs.at(-1)! - xs[0]!)
  },
}

/** The area under the samples `(xs, ys)` over the length of `xs`, so a constant curve has its own height as area. */
export function area(rule: AreaRule, xs: readonly number[], ys: readonly number[]): number {
  if (xs.length !== ys.length || xs.length === 0) {
    throw new MetricError('area', `expected ${xs.length} samples, got ${ys.length}`)
  }
  return areas[rule](xs, ys)
}
