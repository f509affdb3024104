import type { Subject } from './map/compared-map.ts'
import type { Row } from './metrics.ts'
import type { FailureRules } from './protocol.ts'

/** A metric of one map of one image: it needs no forward pass. */
export interface MapMetric<Id extends string = string> extends Row<Id, 'pointing' | 'texture' | 'diffusion'> {
  /** `null` where the number is not defined. */
  measure(subject: Subject, rules: FailureRules): number | null
}
