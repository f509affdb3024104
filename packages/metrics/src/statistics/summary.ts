import { columnName, customGroup, failureColumn, targets, targetsOfGroup } from '../columns.ts'
import { faithfulnessMetrics, localizationMetrics, type MetricId, metrics } from '../metrics.ts'
import { meanOf } from '../numbers.ts'
import type { Protocol } from '../protocol.ts'
import type { State } from '../types.ts'
import { type Aggregate, aggregates, resampledAggregate } from './aggregates.ts'
import { type ResampleOptions, resampleDefaults, resamplesOf } from './draws.ts'
import {
  type At,
  customValues,
  metricFailures,
  type RecordReader,
  readerOf,
  type StoredRecord,
} from './image-values.ts'
import { type Interval, percentileInterval } from './percentiles.ts'
import { enough, type ImageValues, resampledMeans } from './resample.ts'

/** Numbers of a record by name: `group.target.metric`, as in its columns. */
export interface DiagnosticSummary {
  /** Means of the metrics of how maps fail, and aggregates; `null` where no image has a value. */
  readonly summary: Record<string, number | null>
  /** Images per state and group. */
  readonly counts: Record<string, number>
}

interface Named {
  readonly name: string
  readonly values: ImageValues
}

function valuesOf({ record, values: read }: RecordReader, ids: readonly MetricId[], at?: At): Named[] {
  const protocol = record.protocol.choices as Protocol
  return ids.flatMap(id => {
    const { group } = metrics[id]
    return targetsOfGroup(protocol, group).flatMap(target => {
      const values = read({ metric: id, target, ...(at !== undefined && { at }) })
      return values ? [{ name: columnName(group, target, id), values }] : []
    })
  })
}

const countMetrics: readonly MetricId[] = localizationMetrics
const curveMetrics: readonly MetricId[] = faithfulnessMetrics
const diagnosticMetrics = (Object.keys(metrics) as MetricId[]).filter(
  id => !countMetrics.includes(id) && !curveMetrics.includes(id),
)

const nameOfState: { readonly [S in State | 'too-dear' | 'too-few']: string } = {
  ok: 'included',
  flat: 'flat',
  nan: 'nan',
  'empty-truth': 'emptyTruth',
  'too-dear': 'tooDear',
  'too-few': 'tooFew',
}

const groupsWithStates = new Set(diagnosticMetrics.map(id => metrics[id].group))

function statesOf(record: StoredRecord): Record<string, number> {
  const protocol = record.protocol.choices as Protocol
  const places = [
    ...[...groupsWithStates].flatMap(group => targetsOfGroup(protocol, group).map(target => ({ group, target }))),
    ...targets.map(target => ({ group: customGroup, target })),
  ]
  const counts: Record<string, number> = {}
  for (const { group, target } of places) {
    const states = record.columns[columnName(group, target, 'state')]
    if (!states) continue
    for (const [state, name] of Object.entries(nameOfState)) {
      counts[columnName(group, target, name)] = states.filter(found => found === state).length
    }
  }
  for (const { id, target, images } of metricFailures(record)) counts[failureColumn(target, id)] = images
  return counts
}

interface NamedAggregate {
  readonly name: string
  readonly aggregate: Aggregate
  readonly rows: readonly ImageValues[]
  readonly value: number
}

function aggregatesOf(reader: RecordReader): NamedAggregate[] {
  const { record } = reader
  return Object.values<Aggregate>(aggregates).flatMap(aggregate => {
    const { group, id } = aggregate
    return targetsOfGroup(record.protocol.choices as Protocol, group).flatMap(target => {
      const rows = aggregate.rows(reader, target)
      return rows
        ? [{ name: columnName(group, target, id), aggregate, rows, value: aggregate.of(record)(rows.map(meanOf)) }]
        : []
    })
  })
}

/** Means of the metrics of how a record's maps fail, its aggregates, and what happened to its images. */
export function summarizeDiagnostics(record: StoredRecord): DiagnosticSummary {
  const reader = readerOf(record)
  const means = [...valuesOf(reader, diagnosticMetrics), ...customValues(record)].map(
    ({ name, values }) => [name, meanOf(values)] as const,
  )
  const others = aggregatesOf(reader).map(({ name, value }) => [name, value] as const)
  const numbers = [...means, ...others].map(([name, value]) => [name, Number.isNaN(value) ? null : value] as const)
  return { summary: Object.fromEntries(numbers), counts: statesOf(record) }
}

/**
 * Percentile bootstrap intervals of what a record says: of every mean of one number per image, of the areas over the thresholds, of the
 * mean IoU at each threshold and of the aggregates. Without an entry where there is none.
 */
export function intervalsOf(
  record: StoredRecord,
  options: ResampleOptions = {},
): Record<string, Interval | (Interval | null)[]> {
  const reader = readerOf(record)
  const single = [
    ...valuesOf(reader, [...curveMetrics, ...diagnosticMetrics]),
    ...customValues(record),
    ...valuesOf(reader, countMetrics, 'area').map(({ name, values }) => ({ name: `${name}.area`, values })),
  ]
  const perThreshold = record.thresholds.flatMap(at => valuesOf(reader, ['iou'], at))
  const wholes = aggregatesOf(reader)
  const rows = [...[...single, ...perThreshold].map(({ values }) => values), ...wholes.flatMap(({ rows }) => rows)]
  const resamples = resamplesOf(rows[0]?.length ?? 0, options)
  const resampled = new Map(resampledMeans(rows, resamples).map((means, i) => [rows[i]!, means]))
  const meansOf = (values: ImageValues): Float64Array => resampled.get(values)!
  const intervalIn = (resampled: Float64Array) =>
    percentileInterval(resampled, options.level ?? resampleDefaults.level, resamples.times)
  const intervalOf = ({ values }: Named) => (enough(values) ? intervalIn(meansOf(values)) : null)

  const intervals: Record<string, Interval | (Interval | null)[]> = {}
  const add = (name: string, interval: Interval | null) => {
    if (interval) intervals[name] = interval
  }
  for (const row of single) add(row.name, intervalOf(row))
  for (const [name, list] of Map.groupBy(perThreshold, row => row.name)) intervals[name] = list.map(intervalOf)
  for (const { name, aggregate, rows, value } of wholes)
    if (!Number.isNaN(value)) add(name, intervalIn(resampledAggregate(aggregate, record, rows.map(meansOf))))
  return intervals
}
