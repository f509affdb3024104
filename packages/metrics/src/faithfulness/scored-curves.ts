import type { AreaRule } from '../protocol.ts'
import type { Curve } from '../types.ts'

/** The curves of one map under a protocol, as metrics read them. */
export interface ScoredCurves {
  /** Shares of what is taken away, ascending from 0. */
  readonly steps: readonly number[]
  /** Probability of the explained class at each step. */
  values(curve: Curve): readonly number[]
  /** The area under a curve over its length, by the rule of the protocol or by another one. */
  area(curve: Curve, rule?: AreaRule): number
}
