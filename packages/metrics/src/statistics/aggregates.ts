import { boxThresholds } from '../benchmarks/parts.ts'
import { columnName } from '../columns.ts'
import type { MetricId } from '../metrics.ts'
import { meanOf, nearestThreshold } from '../numbers.ts'
import type { MetricRow } from '../row.ts'
import type { Target } from '../types.ts'
import { type ResampleOptions, resampleDefaults, resamplesOf } from './draws.ts'
import { type RecordReader, readerOf, type StoredRecord } from './image-values.ts'
import { type Interval, percentileInterval } from './percentiles.ts'
import { type ImageValues, resampledMeans } from './resample.ts'

type Rows = (reader: RecordReader, target: Target) => readonly ImageValues[] | null

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
  /** The function of the means; `NaN` where the number is not defined. */
  of(record: StoredRecord): (means: readonly number[]) => number
}

const iouRows: Rows = ({ record, values }, target) => {
  const rows = record.thresholds.map(at => values({ metric: 'iou', target, at }))
  return rows.every(row => row !== null) ? rows : null
}

/** Position of the greatest value; of the first one where several are greatest, and -1 if one is `NaN`. */
function indexOfGreatest(values: readonly number[]): number {
  let greatest = 0
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) return -1
    if (values[i]! > values[greatest]!) greatest = i
  }
  return greatest
}

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
  of:
    ({ thresholds }) =>
    means =>
      thresholds[indexOfGreatest(means)] ?? Number.NaN,
}

const thresholdGap: Aggregate<'threshold-gap'> = {
  ...overThresholds,
  id: 'threshold-gap',
  name: 'Lost by a fixed threshold',
  direction: 'lower',
  formula: 'greatest mean IoU over the thresholds - mean IoU at the threshold nearest to 0.5',
  of({ thresholds }) {
    const fixed = nearestThreshold(thresholds)
    return means => (means[indexOfGreatest(means)] ?? Number.NaN) - (means[fixed] ?? Number.NaN)
  },
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
    rows({ record, values }, target) {
      const y = values({ metric, target })
      const counts = record.columns.distractors
      if (!y || !counts || counts.every(count => typeof count !== 'number')) return null
      const pairs = y.map((value, i) => (value === null || typeof counts[i] !== 'number' ? null : [counts[i], value]))
      const row = (of: (x: number, y: number) => number) => pairs.map(pair => (pair ? of(pair[0]!, pair[1]!) : null))
      return [row(x => x), row((_, v) => v), row((x, v) => x * v), row(x => x * x)]
    },
    of:
      () =>
      ([x = 0, y = 0, xy = 0, xx = 0]) =>
        xx - x * x > 1e-12 ? (xy - x * y) / (xx - x * x) : Number.NaN,
  }
}

const chefer = {
  group: 'benchmarks',
  direction: 'higher',
  range: [0, 1],
  source: 'Chefer, Gur & Wolf, Transformer Interpretability Beyond Attention Visualization, CVPR 2021',
  negatives: 'are min-max normalised with the others',
  needs: ['tp', 'fp', 'fn', 'tn'],
  cost: 'none',
  rows({ record: { columns } }, target) {
    const counts = ['tp', 'fp', 'fn', 'tn'].map(part => columns[columnName('benchmarks', target, part)])
    return counts.every(column => column !== undefined) ? counts.map(numbersOf) : null
  },
} as const satisfies Partial<Aggregate>

const numbersOf = (column: readonly unknown[]): ImageValues =>
  column.map(value => (typeof value === 'number' ? value : null))

const segmentationAccuracy: Aggregate<'segmentation-accuracy'> = {
  ...chefer,
  id: 'segmentation-accuracy',
  name: 'Segmentation accuracy',
  formula: 'pixels of all images that are right at the mean of each map / pixels of all images',
  of:
    () =>
    ([tp = 0, fp = 0, fn = 0, tn = 0]) =>
      (tp + tn) / (tp + fp + fn + tn),
}

const segmentationMiou: Aggregate<'segmentation-miou'> = {
  ...chefer,
  id: 'segmentation-miou',
  name: 'Segmentation mIoU',
  formula:
    'mean of object and background of the intersections of all images / the unions of all images, at the mean of each map',
  of:
    () =>
    ([tp = 0, fp = 0, fn = 0, tn = 0]) =>
      (tp / (tp + fp + fn) + tn / (tn + fp + fn)) / 2,
}

/** Overlaps from which a box is right. */
const rightFrom = [0.3, 0.5, 0.7] as const

const maxBoxAcc: Aggregate<'max-box-acc-v2'> = {
  group: 'benchmarks',
  direction: 'higher',
  range: [0, 1],
  cost: 'none',
  id: 'max-box-acc-v2',
  name: 'MaxBoxAccV2',
  formula:
    'mean over d of 0.3, 0.5 and 0.7 of the greatest share, over thresholds, of images in which a box around a component overlaps one of the truth by d or more',
  source:
    'Choe et al., Evaluation for Weakly Supervised Object Localization: Protocol, Metrics, and Datasets, TPAMI 2022; thresholds 0.05 apart, holes without boxes',
  negatives: 'are min-max normalised with the others',
  needs: ['box-iou'],
  rows({ record: { columns } }, target) {
    const column = columns[columnName('benchmarks', target, 'box-iou')]
    if (column === undefined) return null
    const lists = column.map(value => (Array.isArray(value) ? (value as readonly number[]) : null))
    return rightFrom.flatMap(least =>
      boxThresholds.map((_, at) => lists.map(list => (list ? Number((list[at] ?? 0) >= least) : null))),
    )
  },
  of: () => shares => {
    const best = rightFrom.map((_, i) =>
      Math.max(...shares.slice(i * boxThresholds.length, (i + 1) * boxThresholds.length)),
    )
    return best.reduce((sum, share) => sum + share, 0) / best.length
  },
}

const rows = [
  bestThreshold,
  thresholdGap,
  growth('effective-area-growth', 'effective-area', 'Growth of the effective area per distractor'),
  growth('outside-mass-growth', 'outside-mass', 'Growth of the mass outside per distractor'),
  segmentationAccuracy,
  segmentationMiou,
  maxBoxAcc,
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
  const columns = row.rows(readerOf(record), target)
  if (columns === null) return null
  const resamples = resamplesOf(columns[0]?.length ?? 0, options)
  const value = row.of(record)(columns.map(meanOf))
  if (Number.isNaN(value)) return { value: null, interval: null }
  const found = resampledAggregate(row, record, resampledMeans(columns, resamples))
  return { value, interval: percentileInterval(found, options.level ?? resampleDefaults.level, resamples.times) }
}

/** An aggregate in each resample, from the resampled means of its columns. */
export function resampledAggregate(row: Aggregate, record: StoredRecord, means: readonly Float64Array[]): Float64Array {
  const of = row.of(record)
  const found = new Float64Array(means[0]?.length ?? 0)
  const at = means.map(() => 0)
  for (let r = 0; r < found.length; r++) {
    for (let i = 0; i < at.length; i++) at[i] = means[i]![r]!
    found[r] = of(at)
  }
  return found
}
