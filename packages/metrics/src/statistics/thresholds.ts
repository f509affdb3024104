import type { LocalizationMetricId } from '../metrics.ts'
import { meanOf, nearestThreshold } from '../numbers.ts'
import type { Target } from '../types.ts'
import { imageValues, type StoredRecord } from './image-values.ts'

/** What the choice of a threshold does to one method of a group. */
export interface ThresholdSweep {
  readonly id: string
  /** Mean over the images per threshold. */
  readonly means: readonly number[]
  readonly best: { readonly threshold: number; readonly value: number }
  /** Best mean - mean at the threshold nearest to 0.5. */
  readonly gap: number
  /** Rank in the group at each threshold, 1 the best; equal means share a rank. */
  readonly ranks: readonly number[]
}

/**
 * How each method of a group depends on the threshold, and its rank with it. Methods without values are left out.
 *
 * @param records of the same thresholds
 */
export function thresholdSweep(
  records: readonly { readonly id: string; readonly record: StoredRecord }[],
  target: Target,
  metric: LocalizationMetricId = 'iou',
): ThresholdSweep[] {
  const swept = records.flatMap(({ id, record }) => {
    const means = record.thresholds.map(at => meanOf(imageValues(record, { metric, target, at }) ?? []))
    return means.some(Number.isNaN) ? [] : [{ id, means, thresholds: record.thresholds }]
  })
  return swept.map(({ id, means, thresholds }) => {
    const value = Math.max(...means)
    return {
      id,
      means,
      best: { threshold: thresholds[means.indexOf(value)]!, value },
      gap: value - means[nearestThreshold(thresholds)]!,
      ranks: means.map((mean, t) => 1 + swept.filter(other => other.means[t]! > mean).length),
    }
  })
}
