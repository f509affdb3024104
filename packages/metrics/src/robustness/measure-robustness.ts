import { attributionOf } from '../map/attribution.ts'
import { stateOf } from '../map/heatmap.ts'
import { valuesOf } from '../metric.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap } from '../types.ts'

/** The map of an image close by, and how far that is: see `imageDistance`. */
export interface NeighbourMap {
  readonly heatmap: Heatmap
  readonly distance: number
}

const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))

/** A map's attributions at Euclidean norm 1. */
function unitNorm(heatmap: Heatmap): Float64Array {
  const values = attributionOf(heatmap)
  const length = norm(values)
  return values.map(value => value / length)
}

/**
 * The metrics of the maps of images close to one.
 *
 * @param heatmap of the image itself
 * @param close at least one
 */
export function measureRobustness(heatmap: Heatmap, close: readonly NeighbourMap[]): GroupColumns {
  const state = stateOf([heatmap, ...close.map(one => one.heatmap)])
  if (state !== 'ok') return { state }
  const own = unitNorm(heatmap)
  const changes = close.map(one => {
    const other = unitNorm(one.heatmap)
    return norm(own.map((value, i) => value - other[i]!))
  })
  const found = { changes, distances: close.map(({ distance }) => distance) }
  return { state: 'ok', values: valuesOf(registry.robustness, found) }
}
