import { benchmarkParts } from '../benchmarks/parts.ts'
import type { AnyMetric, MapGroup, MapMetric } from '../metric.ts'
import type { DiagnosticRules } from '../protocol.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap, Parts } from '../types.ts'
import { type ComparedMap, compareMap } from './compared-map.ts'
import type { ImageTruth } from './image-truth.ts'

/** The groups of metrics of one map. */
export const mapGroups = [
  'pointing',
  'texture',
  'diffusion',
  'benchmarks',
  'complexity',
] as const satisfies readonly MapGroup[]

/** Whether a metric is computed from one map. */
export const isMapMetric = (metric: AnyMetric): metric is Extract<AnyMetric, { readonly group: MapGroup }> =>
  mapGroups.some(group => group === metric.group)

const constant = ({ map: { values } }: ComparedMap): boolean => values.every(value => value === values[0])

function measured(map: ComparedMap, metrics: readonly MapMetric[], rules: DiagnosticRules): GroupColumns {
  return { state: 'ok', values: Object.fromEntries(metrics.map(row => [row.id, row.measure(map, rules)])) }
}

/** What a group stores besides its metrics. */
const parts: { readonly [G in MapGroup]?: (map: ComparedMap) => Parts } = { benchmarks: benchmarkParts }

/** A constant `unit` map is a set of pixels, but it has no texture. */
const hasNone = (group: MapGroup, map: ComparedMap): boolean => group === 'texture' && constant(map)

/**
 * The metrics of one map, by group.
 *
 * @param outside metrics that are not bundled, see `loadMetric`; their values are under `custom`, which is there if any are given. One of
 *   the group `texture` has `null` for a constant map.
 * @throws {MetricError} if the heatmap is malformed
 */
export function measureMap(rules: DiagnosticRules, heatmap: Heatmap, truth: ImageTruth): Record<MapGroup, GroupColumns>
export function measureMap(
  rules: DiagnosticRules,
  heatmap: Heatmap,
  truth: ImageTruth,
  outside: readonly MapMetric[],
): Record<MapGroup, GroupColumns> & { readonly custom?: GroupColumns }
export function measureMap(
  rules: DiagnosticRules,
  heatmap: Heatmap,
  truth: ImageTruth,
  outside: readonly MapMetric[] = [],
): Record<MapGroup, GroupColumns> & { readonly custom?: GroupColumns } {
  const found = compareMap(heatmap, truth)
  const columnsOf = (measure: (map: ComparedMap) => GroupColumns): GroupColumns =>
    found.state === 'ok' ? measure(found.map) : { state: found.state }
  const bundled = mapGroups.map(group => [
    group,
    columnsOf(map => {
      if (hasNone(group, map)) return { state: 'flat' }
      const more = parts[group]?.(map)
      return { ...measured(map, registry[group], rules), ...(more && { parts: more }) }
    }),
  ])
  const columns = Object.fromEntries(bundled) as Record<MapGroup, GroupColumns>
  if (outside.length === 0) return columns
  const custom = columnsOf(map => {
    const values = outside.map(row => [row.id, hasNone(row.group, map) ? null : row.measure(map, rules)])
    return { state: 'ok', values: Object.fromEntries(values) }
  })
  return { ...columns, custom }
}
