import assert from 'node:assert/strict'
import type { PairQuestion } from '../discrimination/pair-question.ts'
import { compareMap } from '../map/compared-map.ts'
import type { MapGroup } from '../metric.ts'
import type { RandomisedMaps } from '../randomisation/randomised-maps.ts'
import { fractions } from '../testing/numbers.ts'
import { boxScene, cells, mapOf, side } from '../testing/scenes.ts'
import type { Box, Heatmap } from '../types.ts'
import type { Examples } from './examples.ts'

/** A map with the box of its object in cells, on an image whose background is full of edges. */
export interface MapQuestion {
  readonly heatmap: Heatmap
  readonly object: Box
}

export const object: Box = [4, 5, 9, 10]
const [left, top, right, bottom] = object
const inside = (row: number, column: number) => row >= top && row < bottom && column >= left && column < right
const at = (list: readonly number[]) => (row: number, column: number) => list[row * cells + column] ?? 0

/** A texture of many strengths everywhere but in the object, which is grey. All values are binary fractions, so that sums are exact. */
export const image = (() => {
  const strengths = fractions(cells * cells, 11).map(value => Math.round(1024 * value) / 1024)
  const values = Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)]
    const [row, column] = [Math.floor(y / (side / cells)), Math.floor(x / (side / cells))]
    return inside(row, column) ? 0 : at(strengths)(row, column) * ((x + 2 * y) % 4)
  })
  return { width: side, height: side, values }
})()

export const truthOf = (box: Box) => boxScene(box, image)
export const blob = mapOf((row, column) => Math.exp(-((row - 7) ** 2 + (column - 6) ** 2) / 8))
export const noise = mapOf(at(fractions(cells * cells, 3)))
export const mask = mapOf((row, column) => Number(inside(row, column)))
const complement = mapOf((row, column) => Number(!inside(row, column)))
const point = mapOf((row, column) => Number(row === 7 && column === 6))

/** A map of nothing but the image's edges. */
const edges = (() => {
  const found = compareMap(blob, truthOf(object))
  assert.ok(found.state === 'ok')
  return mapOf(at(Array.from(found.map.contrast)))
})()

const goodMaps: { readonly [G in MapGroup]: readonly [good: Heatmap, bad: Heatmap] } = {
  pointing: [mask, complement],
  texture: [blob, edges],
  diffusion: [point, noise],
  benchmarks: [mask, complement],
  complexity: [point, noise],
}

export const otherMaps: readonly Heatmap[] = [
  blob,
  noise,
  mask,
  complement,
  point,
  edges,
  mapOf((row, column) => (row + column) % 2),
  mapOf((row, column) => at(fractions(cells * cells, 4))(row, column) - 0.4, { signed: true }),
  mapOf((row, column) => at(fractions(cells * cells, 4))(row, column) - 2, { signed: true }),
  mapOf((row, column) => at(fractions(cells * cells, 5))(row, column), { scale: 'unit' }),
  { rows: 1, columns: 1, values: [1], scale: 'unit' },
  { rows: 1, columns: 5, values: [3, 1, 4, 1, 5], scale: 'relative' },
  { rows: 3, columns: 2, values: [2, 7, 1, 8, 2, 8], scale: 'relative' },
]

export const mapExamples = (group: MapGroup): Examples<MapQuestion> => {
  const [good, bad] = goodMaps[group]
  const boxes: readonly Box[] = [object, [0, 0, 14, 14], [13, 0, 14, 1]]
  return {
    good: { heatmap: good, object },
    bad: { heatmap: bad, object },
    others: otherMaps.flatMap(heatmap => boxes.map(box => ({ heatmap, object: box }))),
  }
}

type Pair = readonly [PairQuestion, PairQuestion]

const otherObject: Box = [10, 1, 13, 4]
const otherMask = mapOf((row, column) => Number(row >= 1 && row < 4 && column >= 10 && column < 13))

function pairOf(first: Heatmap, second: Heatmap): Pair {
  const hold = (heatmap: Heatmap, box: Box) => {
    const found = compareMap(heatmap, truthOf(box))
    assert.ok(found.state === 'ok')
    return found.map
  }
  return [
    { asked: hold(first, object), other: hold(first, otherObject) },
    { asked: hold(second, otherObject), other: hold(second, object) },
  ]
}

export const pairs: Examples<Pair> = {
  good: pairOf(mask, otherMask),
  bad: pairOf(noise, noise),
  others: [blob, noise, mask, edges].flatMap(first => [point, noise, otherMask].map(second => pairOf(first, second))),
}

/** The map of a random model, and of another class, has the original's values elsewhere and spread out; or it is the original. */
export const randomised: Examples<RandomisedMaps> = (() => {
  const original = Float64Array.from(fractions(cells * cells, 8)).map(value => value ** 4)
  const other = Float64Array.from(fractions(cells * cells, 9)).map(value => 0.5 - value)
  const flat = original.map(() => 1)
  const maps = (of: Float64Array): RandomisedMaps => ({ original, stages: [of], otherClass: of })
  return {
    good: maps(other.map((value, i) => value - original[i]!)),
    bad: maps(original),
    others: [other, flat, original.map(value => -value)].map(maps).concat({ original: flat, stages: [other] }),
  }
})()
