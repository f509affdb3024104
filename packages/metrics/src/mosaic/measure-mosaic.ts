import { sumsOver } from '../map/attribution.ts'
import { cellMass } from '../map/compared-map.ts'
import { stateOf } from '../map/heatmap.ts'
import { valuesOf } from '../metric.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap } from '../types.ts'

/** Pictures to a side of a mosaic. */
export const mosaicSide = 2

/**
 * The metrics of maps of the classes of a mosaic.
 *
 * @param heatmaps one for the class of each picture, pictures row by row
 */
export function measureMosaic(heatmaps: readonly Heatmap[]): GroupColumns {
  const state = stateOf(heatmaps)
  if (state !== 'ok') return { state }
  const pictures = { width: mosaicSide, height: mosaicSide }
  const shares = heatmaps.map((heatmap, own) => {
    const sums = sumsOver(cellMass(heatmap), { width: heatmap.columns, height: heatmap.rows }, pictures)
    const all = sums.reduce((sum, mass) => sum + mass, 0)
    // A signed map without evidence for a class points at none of its pictures.
    return all === 0 ? 0 : (sums[own] ?? 0) / all
  })
  return { state: 'ok', values: valuesOf(registry.mosaic, shares) }
}
