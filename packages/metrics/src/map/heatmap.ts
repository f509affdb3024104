import { MetricError } from '../errors.ts'
import type { Heatmap, Size } from '../types.ts'
import { resizeBilinear } from './resize.ts'

export type ReadyMap =
  /** `[height, width]`, in [0, 1] */
  { state: 'ok'; values: Float32Array } | { state: 'flat' | 'nan' }

function check({ rows, columns, values, scale }: Heatmap): void {
  if (rows * columns !== values.length || values.length === 0) {
    throw new MetricError('heatmap', `expected ${rows} x ${columns} values, got ${values.length}`)
  }
  if (scale !== 'unit') return
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < 0 || value > 1) throw new MetricError('heatmap', `expected unit values in [0, 1], got ${value}`)
  }
}

function extremes(values: Float32Array): { least: number; greatest: number } {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return { least, greatest }
}

/**
 * The map at `size`, resized and then, if it is `relative`, min-max normalised to [0, 1]; float32 throughout. A constant `unit` map is
 * `ok`: it is a set of pixels like any other.
 *
 * @throws {MetricError} if the map's size is wrong or a `unit` map leaves [0, 1]
 */
export function readyMap(heatmap: Heatmap, { width, height }: Size): ReadyMap {
  check(heatmap)
  const raw = Float32Array.from(heatmap.values)
  if (!raw.every(Number.isFinite)) return { state: 'nan' }
  const values = resizeBilinear(raw, heatmap.rows, heatmap.columns, height, width)
  if (heatmap.scale === 'unit') return { state: 'ok', values }
  const { least, greatest } = extremes(values)
  if (least === greatest) return { state: 'flat' }
  const span = Math.fround(greatest - least)
  if (!Number.isFinite(span)) return { state: 'nan' }
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]! - least) / span
  return { state: 'ok', values }
}

/** Whether all values are equal, so that no pixel comes before another. */
export function ranksNothing(values: Float32Array): boolean {
  const { least, greatest } = extremes(values)
  return least === greatest
}

/**
 * Whether raw maps can be compared: `nan` if one has a cell that is no number, `flat` if one of `ranked` has the same value everywhere.
 */
export function stateOf(heatmaps: readonly Heatmap[], ranked = heatmaps): 'ok' | 'flat' | 'nan' {
  const raw = (one: Heatmap) => Float32Array.from(one.values)
  if (!heatmaps.every(one => raw(one).every(Number.isFinite))) return 'nan'
  return ranked.some(one => ranksNothing(raw(one))) ? 'flat' : 'ok'
}
