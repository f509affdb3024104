import type { MetricId } from '../metrics.ts'
import { meanOf, nearestThreshold } from '../numbers.ts'
import type { MetricRow } from '../row.ts'
import type { Target } from '../types.ts'
import { imageValues, type StoredRecord } from './image-values.ts'
import {
  type ImageValues,
  type Interval,
  percentileInterval,
  type ResampleOptions,
  resampledMeans,
} from './resample.ts'

type Rows = (record: StoredRecord, target: Target) => readonly ImageValues[] | null

type Described<Id extends string> = Pick<
  MetricRow<Id>,
  'id' | 'name' | 'group' | 'range' | 'formula' | 'source' | 'negatives' | 'needs' | 'cost'
>

/** A number that only all images together have, such as the best threshold: a function of means over images. */
export interface Aggregate<Id extends string = string> extends Described<Id> {
  /** `null` where more is neither better nor worse. */
  readonly direction: MetricRow['direction'] | null
  /** Columns of numbers whose means `of` reads; `null` if the record does not have them. */
  readonly rows: Rows
  /** `NaN` where the number is not defined. */
  of(means: readonly number[], record: StoredRecord): number
}

const iouRows: Rows = (record, target) => {
  const rows = record.thresholds.map(at => imageValues(record, { metric: 'iou', target, at }))
  return rows.every(row => row !== null) ? rows : null
}

const indexOfGreatest = (values: readonly number[]): number => values.indexOf(Math.max(...values))
const greatest = (values: readonly number[]): number => values[indexOfGreatest(values)] ?? Number.NaN

const overThresholds = {
  group: 'localization',
  range: [0, 1],
  source: 'Choe et al., Evaluating Weakly Supervised Object Localization Methods Right, CVPR 2020',
  negatives: 'are min-max normalised with the others',
  needs: ['tp', 'fp', 'fn'],
  cost: 'none',
  rows: iouRows,
} as const

const bestThreshold: Aggregate<'best-threshold'> = {
  ...overThresholds,
  id: 'best-threshold',
  name: 'Best threshold',
  direction: null,
  formula: 'threshold of the greatest mean IoU, chosen on the images it is reported for',
  of: (means, { thresholds }) => thresholds[indexOfGreatest(means)] ?? Number.NaN,
}

const thresholdGap: Aggregate<'threshold-gap'> = {
  ...overThresholds,
  id: 'threshold-gap',
  name: 'Lost by a fixed threshold',
  direction: 'lower',
  formula: 'greatest mean IoU over the thresholds - mean IoU at the threshold nearest to 0.5',
  of: (means, { thresholds }) => greatest(means) - (means[nearestThreshold(thresholds)] ?? Number.NaN),
}

/** Slope of the least-squares line of a metric over the number of distractors, from the means of x, y, xy and xx. */
function growth<const Id extends string>(id: Id, metric: MetricId, name: string): Aggregate<Id> {
  return {
    id,
    name,
    group: 'diffusion',
    direction: 'lower',
    range: [-1, 1],
    formula: `least-squares slope of ${metric} over the number of distractors in the image`,
    source: 'Vitrine',
    negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
    needs: [metric, 'distractors'],
    cost: 'none',
    rows(record, target) {
      const y = imageValues(record, { metric, target })
      const counts = record.columns.distractors
      if (!y || !counts || counts.every(count => typeof count !== 'number')) return null
      const pairs = y.map((value, i) => (value === null || typeof counts[i] !== 'number' ? null : [counts[i], value]))
      const row = (of: (x: number, y: number) => number) => pairs.map(pair => (pair ? of(pair[0]!, pair[1]!) : null))
      return [row(x => x), row((_, v) => v), row((x, v) => x * v), row(x => x * x)]
    },
    of: ([x = 0, y = 0, xy = 0, xx = 0]) => (xx - x * x > 1e-12 ? (xy - x * y) / (xx - x * x) : Number.NaN),
  }
}

const rows = [
  bestThreshold,
  thresholdGap,
  growth('effective-area-growth', 'effective-area', 'Growth of the effective area per distractor'),
  growth('outside-mass-growth', 'outside-mass', 'Growth of the mass outside per distractor'),
] as const

export type AggregateId = (typeof rows)[number]['id']

/** Every number of all images together. */
export const aggregates = Object.fromEntries(rows.map(row => [row.id, row])) as {
  readonly [Id in AggregateId]: Extract<(typeof rows)[number], { id: Id }>
}

/**
 * An aggregate of a record and its percentile bootstrap interval; `null` if the record does not have the columns. The choice of a best
 * threshold is made anew in every resample, so the interval covers it.
 */
export function aggregate(
  id: AggregateId,
  record: StoredRecord,
  target: Target,
  options: ResampleOptions = {},
): { readonly value: number | null; readonly interval: Interval | null } | null {
  const row: Aggregate = aggregates[id]
  const columns = row.rows(record, target)
  if (columns === null) return null
  const value = row.of(columns.map(meanOf), record)
  if (Number.isNaN(value)) return { value: null, interval: null }
  const means = resampledMeans(columns, options)
  const resampled = Float64Array.from(means[0]!, (_, r) =>
    row.of(
      means.map(list => list[r]!),
      record,
    ),
  )
  return { value, interval: percentileInterval(resampled, options.level) }
}
