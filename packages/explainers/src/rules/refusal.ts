import { type Op, type Rule, show, type TensorOf } from '@vitrine/tensor'
import { UnsupportedError } from '../errors.ts'

/** The error for an op that a set of rules has no rule for; `what` says more than the op's name where needed. */
export const noRule = (set: string, { op, shape }: TensorOf<Op>, what: string = op): UnsupportedError =>
  new UnsupportedError(
    `${set}: no relevance rule for ${what} ${show(shape)}; a method that propagates no relevance can explain this model`,
  )

/** The row of an op for which a set has no rule: an UnsupportedError as soon as relevance would pass through it. */
export const refusedBy =
  (set: string): Rule =>
  (_, node) => {
    throw noRule(set, node)
  }
