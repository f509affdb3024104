import { ranksNothing } from '../map/heatmap.ts'
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
export function measureCompleteness({ values }: Heatmap, claimed: number): GroupColumns {
  const raw = Float64Array.from(values)
  if (!raw.every(Number.isFinite)) return { state: 'nan' }
  if (ranksNothing(Float32Array.from(raw))) return { state: 'flat' }
  const claim = { sum: raw.reduce((sum, value) => sum + value, 0), claimed }
  return { state: 'ok', values: Object.fromEntries(registry.completeness.map(row => [row.id, row.measure(claim)])) }
}
