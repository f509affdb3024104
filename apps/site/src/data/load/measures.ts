import type { Results } from '@vitrine/measure'
import { type Metric, type MetricId, metrics, type Target } from '@vitrine/metrics'

/** A metric for one explained class: what a column of the board shows. */
export interface Measure {
  /** As in a record's summary: `localization.predicted.iou`. */
  readonly key: string
  readonly metric: Metric
  readonly target: Target
  /** Whether it has a value for each threshold of its record. */
  readonly perThreshold: boolean
  /** Whether it is read at the threshold that is best for each method. */
  readonly best: boolean
}

const targets: readonly Target[] = ['predicted', 'label']

/** The measures that a record has values of, in the order of the metric table. */
export function measuresOf(record: { readonly summary: Results['summary'] }): Measure[] {
  return (Object.keys(metrics) as MetricId[]).flatMap(id =>
    targets.flatMap(target => {
      const metric: Metric = metrics[id]
      const key = `${metric.group}.${target}.${id}`
      const found = record.summary[key]
      if (found === undefined || found === null) return []
      const perThreshold = Array.isArray(found)
      const measure: Measure = { key, metric, target, perThreshold, best: false }
      // Beside IoU at the reader's threshold, IoU without one.
      return id === 'iou' && perThreshold
        ? [{ ...measure, key: `${key}@best`, perThreshold: false, best: true }, measure]
        : [measure]
    }),
  )
}

/** The measures of several records, each once, in the order of the metric table. */
export function allMeasures(records: Iterable<{ readonly summary: Results['summary'] }>): Measure[] {
  const found = new Map<string, Measure>()
  for (const record of records) for (const measure of measuresOf(record)) found.set(measure.key, measure)
  const order = Object.keys(metrics)
  return [...found.values()].sort((a, b) => order.indexOf(a.metric.id) - order.indexOf(b.metric.id))
}

/** What a measure is called, with its threshold where it has one. */
export const measureName = ({ metric, perThreshold, best }: Measure, threshold?: number): string =>
  `${metric.name}${best ? " at each method's best threshold" : perThreshold && threshold !== undefined ? ` at threshold ${threshold}` : ''}`

/** One measure per metric: of `target` where there is one, and otherwise of the class that there is. */
export function measuresFor(measures: readonly Measure[], target: Target): Measure[] {
  const groups = Map.groupBy(measures, ({ metric, best }) => `${metric.id} ${best}`)
  return [...groups.values()].flatMap(group => group.find(m => m.target === target) ?? group[0] ?? [])
}
