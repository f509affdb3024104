import { columnName, customGroup, targets, targetsOfGroup } from '../columns.ts'
import { faithfulnessMetrics, localizationMetrics, type MetricId, metrics } from '../metrics.ts'
import { meanOf } from '../numbers.ts'
import type { Protocol } from '../protocol.ts'
import type { State } from '../types.ts'
import { type AggregateId, aggregate, aggregates } from './aggregates.ts'
import { type At, customValues, imageValues, type StoredRecord } from './image-values.ts'
import { bootstrapIntervals, type ImageValues, type Interval, type ResampleOptions } from './resample.ts'

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

function valuesOf(record: StoredRecord, ids: readonly MetricId[], at?: At): Named[] {
  const protocol = record.protocol.choices as Protocol
  return ids.flatMap(id => {
    const { group } = metrics[id]
    return targetsOfGroup(protocol, group).flatMap(target => {
      const values = imageValues(record, { metric: id, target, ...(at !== undefined && { at }) })
      return values ? [{ name: columnName(group, target, id), values }] : []
    })
  })
}

const countMetrics: readonly MetricId[] = localizationMetrics
const curveMetrics: readonly MetricId[] = faithfulnessMetrics
const diagnosticMetrics = (Object.keys(metrics) as MetricId[]).filter(
  id => !countMetrics.includes(id) && !curveMetrics.includes(id),
)

const nameOfState: { readonly [S in State | 'too-dear']: string } = {
  ok: 'included',
  flat: 'flat',
  nan: 'nan',
  'empty-truth': 'emptyTruth',
  'too-dear': 'tooDear',
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
  return counts
}

const aggregateIds = Object.keys(aggregates) as AggregateId[]

function aggregatesOf(record: StoredRecord, options: ResampleOptions) {
  const protocol = record.protocol.choices as Protocol
  return aggregateIds.flatMap(id => {
    const { group } = aggregates[id]
    return targetsOfGroup(protocol, group).flatMap(target => {
      const found = aggregate(id, record, target, options)
      return found ? [{ name: columnName(group, target, id), ...found }] : []
    })
  })
}

/** Means of the metrics of how a record's maps fail, its aggregates, and what happened to its images. */
export function summarizeDiagnostics(record: StoredRecord): DiagnosticSummary {
  const means = [...valuesOf(record, diagnosticMetrics), ...customValues(record)].map(
    ({ name, values }) => [name, meanOf(values)] as const,
  )
  const numbers = means.map(([name, mean]) => [name, Number.isNaN(mean) ? null : mean] as const)
  const others = aggregatesOf(record, { resamples: 1 }).map(({ name, value }) => [name, value] as const)
  return { summary: Object.fromEntries([...numbers, ...others]), counts: statesOf(record) }
}

/**
 * Percentile bootstrap intervals of what a record says: of every mean of one number per image, of the areas over the thresholds, of the
 * mean IoU at each threshold and of the aggregates. Without an entry where there is none.
 */
export function intervalsOf(
  record: StoredRecord,
  options: ResampleOptions = {},
): Record<string, Interval | (Interval | null)[]> {
  const single = [
    ...valuesOf(record, [...curveMetrics, ...diagnosticMetrics]),
    ...customValues(record),
    ...valuesOf(record, countMetrics, 'area').map(({ name, values }) => ({ name: `${name}.area`, values })),
  ]
  const perThreshold = record.thresholds.flatMap(at => valuesOf(record, ['iou'], at))
  const rows = [...single, ...perThreshold]
  const found = bootstrapIntervals(
    rows.map(({ values }) => values),
    options,
  )
  const named = rows.map(({ name }, i) => ({ name, interval: found[i] ?? null }))
  const intervals: Record<string, Interval | (Interval | null)[]> = {}
  for (const { name, interval } of named.slice(0, single.length)) if (interval) intervals[name] = interval
  for (const [name, list] of Map.groupBy(named.slice(single.length), row => row.name)) {
    intervals[name] = list.map(({ interval }) => interval)
  }
  for (const { name, interval } of aggregatesOf(record, options)) if (interval) intervals[name] = interval
  return intervals
}
