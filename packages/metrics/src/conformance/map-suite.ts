import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareMap } from '../map/compared-map.ts'
import { measureMap } from '../map/measure-map.ts'
import type { MapMetric } from '../metric.ts'
import { boxScene, cells, mapOf, side } from '../testing/scenes.ts'
import type { Heatmap } from '../types.ts'
import { blob, image, mask, noise, object, otherMaps, truthOf } from './map-examples.ts'
import { rules } from './trials.ts'

const flipped = ({ rows, columns, values, ...more }: Heatmap): Heatmap => ({
  ...more,
  rows,
  columns,
  values: Array.from({ length: values.length }, (_, i) => {
    const column = i % columns
    return values[i - column + (columns - 1 - column)] ?? 0
  }),
})

/** What holds for metrics of one map. */
export function mapConformance(metric: MapMetric): void {
  const name = (what: string) => `${metric.id}: ${what}`
  const found = (heatmap: Heatmap, truth = truthOf(object)) => measureMap(rules, heatmap, truth, [metric]).custom

  test(name('a flat map, NaN and an empty truth are states and no numbers'), () => {
    const nan = mapOf((row, column) => (row === 3 && column === 3 ? Number.NaN : row))
    assert.deepEqual(found(mapOf(() => 2)), { state: 'flat' })
    assert.deepEqual(found(nan), { state: 'nan' })
    assert.deepEqual(found(blob, truthOf([3, 3, 3, 3])), { state: 'empty-truth' })
  })

  test(name('what metrics share of a map stays as it is'), () => {
    const shared = compareMap(blob, truthOf(object))
    assert.ok(shared.state === 'ok')
    const before = structuredClone({ ...shared.map })
    metric.measure(shared.map, rules)
    assert.deepEqual({ ...shared.map }, before)
  })

  test(name('the scale of a relative map makes no difference'), () => {
    for (const heatmap of otherMaps.filter(({ scale }) => scale === 'relative')) {
      // By a power of two, so that no value is rounded.
      const doubled = { ...heatmap, values: Array.from(heatmap.values, value => 4 * value) }
      assert.deepEqual(found(doubled), found(heatmap))
    }
  })

  test(name('a mirrored image with its map has the same value'), () => {
    const [left, top, right, bottom] = object
    const mirror = {
      ...image,
      values: image.values.map((_, i) => image.values[i - (i % side) + (side - 1 - (i % side))] ?? 0),
    }
    const mirrored = boxScene([cells - right, top, cells - left, bottom], mirror)
    for (const heatmap of [blob, noise, mask]) {
      const [one, other] = [found(heatmap), found(flipped(heatmap), mirrored)]
      assert.ok(one?.state === 'ok' && other?.state === 'ok')
      const [value, again] = [one.values[metric.id] ?? null, other.values[metric.id] ?? null]
      const close = value === null || again === null ? value === again : Math.abs(value - again) < 1e-6
      assert.ok(close, `${value}, mirrored ${again}`)
    }
  })
}
