import type { Row } from '../metrics.ts'
import type { FailureRules } from '../protocol.ts'

/** What happened to one image along all paths: entry 0 is the image itself. */
export interface PathValues {
  /** Of the class predicted for the image itself. */
  readonly probability: readonly number[]
  /** Spearman of the step's map and the image's own; `null` where the step's map ranks nothing. */
  readonly similarity: readonly (number | null)[]
}

/** A metric of maps along perturbation paths: it needs an explanation per step. */
export interface PathMetric<Id extends string = string> extends Row<Id, 'frozen'> {
  /** `null` where the number is not defined. */
  measure(path: PathValues, rules: FailureRules): number | null
}
