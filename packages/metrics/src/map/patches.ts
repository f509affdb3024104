import type { Heatmap, Size } from '../types.ts'
import { readyMap } from './heatmap.ts'

/**
 * The map with one value for each patch: as it is where it has so many, else the mean over the pixels of each patch.
 *
 * @param grid rows and columns of patches, which tile the input
 * @param size of the model's input
 */
export function onPatches(
  heatmap: Heatmap,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  { width, height }: Size,
): Heatmap {
  if (heatmap.rows === rows && heatmap.columns === columns) return heatmap
  const map = readyMap(heatmap, { width, height })
  // A map that ranks nothing, or holds a NaN, does so on any grid.
  if (map.state !== 'ok') return { ...heatmap, rows: 1, columns: 1, values: [map.state === 'nan' ? Number.NaN : 0] }
  const [down, across] = [height / rows, width / columns]
  const values = new Float64Array(rows * columns)
  for (let p = 0; p < map.values.length; p++) {
    const cell = Math.floor(Math.floor(p / width) / down) * columns + Math.floor((p % width) / across)
    values[cell]! += map.values[p]! / (down * across)
  }
  return { ...heatmap, rows, columns, values, scale: 'relative' }
}
