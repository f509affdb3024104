import { customGroup, groupsOf, groupVersions, type MapMetric, type MetricGroup, type Protocol } from '@vitrine/metrics'
import type { CustomMetric, RecordHeader } from '@vitrine/records/record'
import { version as pipeline } from './pipeline/version.ts'

/** A metric that is not bundled. */
export interface OutsideMetric {
  readonly metric: MapMetric
  /** What its values are known by: the version that it declares, or without one the hash of its code. */
  readonly version: number | string
}

/** A group of columns: that of a kind of bundled metrics, or that of one metric that is not bundled. */
export type ColumnGroup = MetricGroup | `${typeof customGroup}.${string}`

/** The group of the columns of a metric that is not bundled. */
export const groupOfMetric = ({ id }: Pick<MapMetric, 'id'>): ColumnGroup => `${customGroup}.${id}`

/** Whether the columns of a group are those of a metric that is not bundled. */
export const isCustomGroup = (group: string): group is `${typeof customGroup}.${string}` =>
  group.startsWith(`${customGroup}.`)

/** The metrics of a record that are not bundled: those under a protocol that measures maps by themselves. */
export const outsideMetricsOf = (protocol: Protocol, outside: readonly OutsideMetric[]): readonly OutsideMetric[] =>
  protocol.diagnostics ? outside : []

/** The version of each group of columns that a record under a protocol holds; `pipeline` is what all of them rest on. */
export const versionsOf = (protocol: Protocol, outside: readonly OutsideMetric[] = []): RecordHeader['versions'] => ({
  pipeline,
  ...Object.fromEntries(groupsOf(protocol).map(group => [group, groupVersions[group]])),
  ...Object.fromEntries(
    outsideMetricsOf(protocol, outside).map(({ metric, version }) => [groupOfMetric(metric), version]),
  ),
})

/** What a record says of a metric that is not bundled. */
export const describeMetric = ({ metric }: OutsideMetric): CustomMetric => {
  const { id, name, heading, group, direction, range, formula, source } = metric
  return { id, name, heading, group, direction, range: [...range], formula, source }
}
