import { MetricError } from './errors.ts'
import { mapGroups } from './map/measure-map.ts'
import { type MapMetric, metric } from './metric.ts'
import { metrics } from './metrics.ts'

const expected = 'expected `export default metric({ … })`'

/**
 * The metric that a module outside of the project exports: a metric of one map. `measureMap` takes it as an additional row, and its values
 * are stored in the columns `custom.<target>.<id>`. What identifies those values is its `version`, or without one the hash of its code.
 *
 * @param module what `import()` of the file returned
 * @param file how to name it in an error
 * Its `measure` throws a `MetricError` where the one of the module throws, or gives anything but a finite number or `null`.
 *
 * @throws {MetricError} if the default export is no metric, not one of a map, or takes the id of a bundled metric
 *
 * @example
 * const mine = loadMetric(await import(url), './mine.ts')
 * measureMap(rules, heatmap, truth, [mine]).custom
 */
export function loadMetric(module: { readonly default?: unknown }, file: string): MapMetric {
  const found = module.default
  if (typeof found !== 'object' || found === null || !('id' in found && 'group' in found))
    throw new MetricError(file, `${expected}, got ${found === null ? 'null' : typeof found}`)
  const row = found as MapMetric
  if (!mapGroups.includes(row.group) || typeof row.measure !== 'function')
    throw new MetricError(file, `expected a metric of one map (${mapGroups.join(', ')}), got one of ${row.group}`)
  if (row.id === 'state') throw new MetricError(file, 'the id "state" is taken by the column of states')
  if (Object.hasOwn(metrics, row.id)) throw new MetricError(file, `the id "${row.id}" is taken by a bundled metric`)
  return metric({ ...row, measure: guarded(row) })
}

/** What the metric measures, with what it throws in its name; anything but a finite number or `null` is an error. */
const guarded =
  (row: MapMetric): MapMetric['measure'] =>
  (map, rules) => {
    const value = measured(row, map, rules)
    if (value === null || Number.isFinite(value)) return value
    throw new MetricError(row.id, `measure: expected a finite number or null, got ${value}`)
  }

function measured(row: MapMetric, ...given: Parameters<MapMetric['measure']>): number | null {
  try {
    return row.measure(...given)
  } catch (error) {
    throw new MetricError(row.id, `measure: ${error instanceof Error ? error.message : error}`)
  }
}
