import { stateOf } from '../map/heatmap.ts'
import { valuesOf } from '../metric.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap } from '../types.ts'

/** What a map adds up to, and what its method claims that it does. */
export interface Claim {
  readonly sum: number
  /** Logits. */
  readonly claimed: number
}

/**
 * The metrics of what a map adds up to.
 *
 * @param claimed the logit of the explained class, or what it is more than that of a baseline
 */
export function measureCompleteness(heatmap: Heatmap, claimed: number): GroupColumns {
  const state = stateOf([heatmap])
  if (state !== 'ok') return { state }
  const claim = { sum: Float64Array.from(heatmap.values).reduce((sum, value) => sum + value, 0), claimed }
  return { state: 'ok', values: valuesOf(registry.completeness, claim) }
}
