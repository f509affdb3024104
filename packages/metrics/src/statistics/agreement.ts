import { columnName, targetsOfGroup } from '../columns.ts'
import { MetricError } from '../errors.ts'
import { spearman } from '../map/spearman.ts'
import { type MetricId, metrics } from '../metrics.ts'
import type { Protocol } from '../protocol.ts'
import type { Target } from '../types.ts'
import { imageValues, type StoredRecord } from './image-values.ts'

/** How far two maps of the same question are apart. */
export interface MapAgreement {
  /** max |a - b|. */
  readonly absolute: number
  /** The same as a share of max |a|. */
  readonly relative: number
  /** Rank correlation of the cells; `null` where a map is flat. */
  readonly spearman: number | null
}

/** Compares a map with a reference, both as they left their engine. */
export function mapAgreement(reference: ArrayLike<number>, other: ArrayLike<number>): MapAgreement {
  if (reference.length !== other.length || reference.length === 0)
    throw new MetricError(
      'agreement',
      `expected two maps of one size, got ${reference.length} and ${other.length} cells`,
    )
  let [absolute, largest] = [0, 0]
  for (let i = 0; i < reference.length; i++) {
    absolute = Math.max(absolute, Math.abs(reference[i]! - other[i]!))
    largest = Math.max(largest, Math.abs(reference[i]!))
  }
  return { absolute, relative: largest === 0 ? 0 : absolute / largest, spearman: spearman(reference, other) }
}

/**
 * Per image, how far each metric of two records of the same question is apart, by the names of the summary, `group.target.metric`: the
 * difference's size, for localization metrics the largest over the thresholds; `null` for an image that has a number in one of them only,
 * or in none.
 */
export function metricDifferences(reference: StoredRecord, other: StoredRecord): Record<string, (number | null)[]> {
  const protocol = reference.protocol.choices as Protocol
  const differences: Record<string, (number | null)[]> = {}
  for (const metric of Object.keys(metrics) as MetricId[]) {
    const { group } = metrics[metric]
    for (const target of targetsOfGroup(protocol, group)) {
      const found = differencesOf(reference, other, metric, target)
      if (found) differences[columnName(group, target, metric)] = found
    }
  }
  return differences
}

function differencesOf(reference: StoredRecord, other: StoredRecord, metric: MetricId, target: Target) {
  const places = metrics[metric].group === 'localization' ? reference.thresholds : [undefined]
  let worst: (number | null)[] | undefined
  for (const at of places) {
    const asked = { metric, target, ...(at !== undefined && { at }) }
    const [a, b] = [imageValues(reference, asked), imageValues(other, asked)]
    if (!a || !b) return undefined
    const found = a.map((x, i) => {
      const y = b[i]
      return x === null || y === null || y === undefined ? null : Math.max(Math.abs(x - y), worst?.[i] ?? 0)
    })
    worst = found
  }
  return worst
}
