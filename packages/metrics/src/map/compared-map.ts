import type { Box, Heatmap, Size, State } from '../types.ts'
import { attributionOf } from './attribution.ts'
import { readyMap } from './heatmap.ts'
import type { ImageTruth } from './image-truth.ts'
import { once } from './once.ts'
import { type RankingCurve, rankingCurve } from './ranking-curve.ts'
import { resizeBilinear } from './resize.ts'
import { cellMeans } from './sobel.ts'

/** Values `[rows, columns]`. */
export interface Cells {
  readonly rows: number
  readonly columns: number
  readonly values: Float64Array
}

/**
 * A map and what it is held against. Two grids: the map's own cells, and the protocol's grid, on which the truth is. "Mass" is the
 * evidence that a map claims, never negative: of a signed map its positive part, of a `relative` map the height above its least value, of a
 * `unit` map the map.
 */
export interface ComparedMap {
  /** The map as it came, on its own grid. */
  readonly map: Cells
  /** Mass of each cell. */
  readonly mass: Cells
  /** Mass of each pixel of the protocol's grid; of a resized signed map again the positive part. */
  readonly fineMass: Float32Array
  /** The map on the protocol's grid, normalised to [0, 1]. */
  readonly fine: Float32Array
  /** How much each cell contributes, for or against. */
  readonly magnitude: Float64Array
  /** Of the truth, in pixels of the grid. */
  readonly boxes: readonly Box[]
  /** See `ImageTruth`. */
  readonly difficult: boolean
  /** Pixels of the truth against the map's order, on the protocol's grid. */
  readonly ranking: RankingCurve
  /** 1 where the truth is, on the protocol's grid. */
  readonly object: Uint8Array
  readonly grid: Size
  /** Share of each cell that the truth covers. */
  readonly objectShare: Float64Array
  /** Mean Sobel magnitude of the model's input in each cell. */
  readonly contrast: Float64Array
}

export type FoundMap = { readonly state: 'ok'; readonly map: ComparedMap } | { readonly state: Exclude<State, 'ok'> }

const positive = <T extends Float32Array | Float64Array>(values: T): T => values.map(v => Math.max(v, 0)) as T

/** Mass of each cell: see `ComparedMap`. */
export function cellMass(heatmap: Heatmap): Float64Array {
  const attribution = attributionOf(heatmap)
  return heatmap.signed ? positive(attribution) : attribution
}

/**
 * Mass of each pixel of a grid.
 *
 * @param ready the map on the grid, normalised
 */
export function fineMassOf({ rows, columns, values, signed }: Heatmap, ready: Float32Array, grid: Size): Float32Array {
  if (!signed) return ready
  return positive(resizeBilinear(Float32Array.from(values), rows, columns, grid.height, grid.width))
}

/**
 * Holds a map against truth and image; what no metric asks for is not computed.
 *
 * @throws {MetricError} if the heatmap is malformed
 */
export function compareMap(heatmap: Heatmap, truth: ImageTruth): FoundMap {
  const { grid, object, image } = truth
  if (object === null) return { state: 'empty-truth' }
  const ready = readyMap(heatmap, grid)
  if (ready.state !== 'ok') return { state: ready.state }
  const { rows, columns } = heatmap
  const size = { width: columns, height: rows }
  const cells = (values: Float64Array): Cells => ({ rows, columns, values })
  const mass = once(() => cells(cellMass(heatmap)))
  const fineMass = once(() => fineMassOf(heatmap, ready.values, grid))
  const magnitude = once(() => attributionOf(heatmap).map(Math.abs))
  const ranking = once(() => rankingCurve(ready.values, object))
  const objectShare = once(() => cellMeans(object, grid, size))
  const edges = once(() => cellMeans(truth.contrast, image, size))
  const map: ComparedMap = {
    map: cells(Float64Array.from(heatmap.values)),
    object,
    grid,
    boxes: truth.boxes,
    difficult: truth.difficult,
    fine: ready.values,
    get magnitude() {
      return magnitude()
    },
    get mass() {
      return mass()
    },
    get fineMass() {
      return fineMass()
    },
    get ranking() {
      return ranking()
    },
    get objectShare() {
      return objectShare()
    },
    get contrast() {
      return edges()
    },
  }
  return { state: 'ok', map }
}
