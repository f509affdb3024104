import { fillBox } from '../box.ts'
import { MetricError } from '../errors.ts'
import { readyMap } from '../map/heatmap.ts'
import type { Prediction, Protocol } from '../protocol.ts'
import type { Box, Counts, Heatmap, Size, State, Truth } from '../types.ts'
import { componentBoxes } from './components.ts'
import { filled, gridOf, truthPixels } from './truth.ts'

export type Localization =
  /** `boxes`: per threshold, `[xmin, ymin, xmin + width, ymin + height]` on the protocol's grid; `null` where it draws none. */
  { state: 'ok'; counts: Counts; boxes: Box[][] | null } | { state: Exclude<State, 'ok'>; counts: null; boxes: null }

/** For each pixel, how many thresholds it exceeds: one map that holds the masks of all thresholds. */
export function levelsOf(values: Float32Array, thresholds: readonly number[]): Uint8Array {
  const limits = Float32Array.from(thresholds)
  const levels = new Uint8Array(values.length)
  for (let p = 0; p < values.length; p++) {
    const value = values[p]!
    let level = 0
    while (level < limits.length && value > limits[level]!) level++
    levels[p] = level
  }
  return levels
}

/** A thresholded map against the truth. */
interface Thresholded {
  levels: Uint8Array
  truth: Uint8Array
  grid: Size
  thresholds: number
}

const noCounts = (): Counts => ({ tp: [], fp: [], fn: [], tn: [] })

function add(counts: Counts, tp: number, fp: number, positives: number, pixels: number): void {
  counts.tp.push(tp)
  counts.fp.push(fp)
  counts.fn.push(positives - tp)
  counts.tn.push(pixels - positives - fp)
}

type Compare<Kind extends Prediction['kind']> = (
  rule: Extract<Prediction, { kind: Kind }>,
  map: Thresholded,
) => { counts: Counts; boxes: Box[][] | null }

const compare: { readonly [Kind in Prediction['kind']]: Compare<Kind> } = {
  mask(_, { levels, truth, thresholds }) {
    const hits = new Float64Array(thresholds + 1)
    const misses = new Float64Array(thresholds + 1)
    for (let p = 0; p < levels.length; p++) {
      const at = truth[p] === 1 ? hits : misses
      at[levels[p]!]! += 1
    }
    const above = (histogram: Float64Array, i: number) => histogram.subarray(i + 1).reduce((sum, n) => sum + n, 0)
    const positives = above(hits, -1)
    const counts = noCounts()
    for (let i = 0; i < thresholds; i++) add(counts, above(hits, i), above(misses, i), positives, levels.length)
    return { counts, boxes: null }
  },
  'component-boxes'(rule, { levels, truth, grid, thresholds }) {
    const positives = truth.reduce((sum, inside) => sum + inside, 0)
    const counts = noCounts()
    const boxes: Box[][] = []
    const pixels = new Uint8Array(levels.length)
    for (let i = 0; i < thresholds; i++) {
      const found = componentBoxes(levels, grid.width, grid.height, i)
      boxes.push(found)
      pixels.fill(0)
      for (const box of found) fillBox(pixels, grid, filled[rule.fill](box))
      let predicted = 0
      let tp = 0
      for (let p = 0; p < pixels.length; p++) {
        predicted += pixels[p]!
        tp += pixels[p]! & truth[p]!
      }
      add(counts, tp, predicted - tp, positives, pixels.length)
    }
    return { counts, boxes }
  },
}

function checkThresholds(thresholds: readonly number[]): void {
  const ascending = thresholds.every((t, i) => Number.isFinite(t) && (i === 0 || t > thresholds[i - 1]!))
  if (!ascending || thresholds.length === 0 || thresholds.length > 255) {
    throw new MetricError('localize', `expected 1 to 255 ascending thresholds, got [${thresholds.join(', ')}]`)
  }
}

/**
 * Confusion counts, in pixels of the protocol's grid, of the thresholded heatmap against the truth. A truth without pixels is reported
 * before any fault of the map, so that it is the same for all methods.
 *
 * @throws {MetricError} if the heatmap, the truth or the thresholds are malformed
 *
 * @example
 * const heatmap: Heatmap = { rows: 2, columns: 2, values: [0, 0, 0, 1], scale: 'relative' }
 * const truth: Truth = { width: 4, height: 4, boxes: [[2, 2, 4, 4]] }
 * localize(protocols.standard, heatmap, truth, [0.5]) // counts: tp [4], fp [0], fn [0], tn [12]
 */
export function localize(
  protocol: Protocol,
  heatmap: Heatmap,
  truth: Truth,
  thresholds: readonly number[] = protocol.localization.thresholds,
): Localization {
  checkThresholds(thresholds)
  const { localization } = protocol
  const grid = gridOf(localization.grid, truth)
  const object = truthPixels(localization.truth, truth, grid)
  if (object === null) return { state: 'empty-truth', counts: null, boxes: null }
  const map = readyMap(heatmap, grid)
  if (map.state !== 'ok') return { state: map.state, counts: null, boxes: null }
  const levels = levelsOf(map.values, thresholds)
  const thresholded = { levels, truth: object, grid, thresholds: thresholds.length }
  const { prediction } = localization
  return { state: 'ok', ...(compare[prediction.kind] as Compare<Prediction['kind']>)(prediction, thresholded) }
}
