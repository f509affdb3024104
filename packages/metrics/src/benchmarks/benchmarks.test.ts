import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareMap } from '../map/compared-map.ts'
import { imageTruth } from '../map/image-truth.ts'
import { measureMap } from '../map/measure-map.ts'
import { resizeBilinear } from '../map/resize.ts'
import { protocols } from '../protocols.ts'
import { aggregate } from '../statistics/aggregates.ts'
import { readJson, readTensors } from '../testing/reference.ts'
import { blank, boxScene, cells, mapOf } from '../testing/scenes.ts'
import type { Box, Heatmap } from '../types.ts'
import { boxThresholds } from './parts.ts'
import { pointsNear } from './pointing-15.ts'

/** See `fixtures/benchmarks.make.py`. */
interface Computed {
  readonly images: readonly ({ readonly counts: readonly number[]; readonly 'box-iou': readonly number[] } & Readonly<
    Record<'two-class-ap' | 'mean-threshold-f1' | 'pointing-15', number>
  >)[]
  readonly 'segmentation-accuracy': number
  readonly 'segmentation-miou': number
  readonly 'max-box-acc-v2': number
}
type Method = 'rollout' | 'gradcam'
const { quantus, computed } = readJson<{
  quantus: Record<'top-k-intersection' | 'gini', Record<Method, number[]>>
  computed: Record<Method, Computed>
}>('benchmarks.json')
const { boxes } = readJson<{ boxes: Box[] }>('quantus.json')
const raw = readTensors('quantus.safetensors')
const rules = protocols.standard.diagnostics

const near = (found: unknown, expected: number, error: number, what: string) =>
  assert.ok(typeof found === 'number' && Math.abs(found - expected) <= error, `${what}: ${found}, expected ${expected}`)

const mapAt = (method: Method, image: number): Heatmap => {
  const values = raw(method).subarray(196 * image, 196 * (image + 1))
  return { rows: cells, columns: cells, values, scale: 'relative' }
}
const truthAt = (image: number) =>
  imageTruth(protocols.standard, { width: 224, height: 224, boxes: [boxes[image]!] }, blank)
const countNames = ['tp', 'fp', 'fn', 'tn'] as const

for (const method of ['rollout', 'gradcam'] as const) {
  const found = boxes.map((_, image) => {
    const { benchmarks } = measureMap(rules, mapAt(method, image), truthAt(image))
    assert.ok(benchmarks.state === 'ok')
    return { ...benchmarks.values, ...benchmarks.parts }
  })

  test(`${method}: pixels at the mean, boxes and scores of each image are scikit-learn's, OpenCV's and scipy's`, () => {
    computed[method].images.forEach((expected, image) => {
      const mine = found[image]!
      countNames.forEach((name, i) => {
        assert.equal(mine[name], expected.counts[i])
      })
      const overlaps = mine['box-iou'] as readonly number[]
      expected['box-iou'].forEach((iou, at) => {
        near(overlaps[at], iou, 1e-9, `box at ${boxThresholds[at]}`)
      })
      for (const id of ['two-class-ap', 'mean-threshold-f1', 'pointing-15'] as const)
        near(mine[id], expected[id], 1e-6, id)
    })
  })

  test(`${method}: top-K intersection and Gini index are Quantus'`, () => {
    boxes.forEach((_, image) => {
      // Quantus takes equal values in the order of their indices.
      near(found[image]!['top-k-intersection'], quantus['top-k-intersection'][method][image]!, 2e-3, 'top K')
      const values = resizeBilinear(Float32Array.from(mapAt(method, image).values), cells, cells, 224, 224)
      const fine: Heatmap = { rows: 224, columns: 224, values, scale: 'relative' }
      const { complexity } = measureMap(rules, fine, truthAt(image))
      assert.ok(complexity.state === 'ok')
      near(complexity.values.gini, quantus.gini[method][image]!, 1e-5, 'gini')
    })
  })

  test(`${method}: totals over all images`, () => {
    const parts = [...countNames, 'box-iou'] as const
    const columns = {
      'benchmarks.predicted.state': boxes.map(() => 'ok'),
      ...Object.fromEntries(
        parts.map(part => [`benchmarks.predicted.${part}`, found.map(cellsOfImage => cellsOfImage[part])]),
      ),
    }
    const record = { columns, thresholds: [0.5], protocol: { choices: protocols.standard } }
    for (const id of ['segmentation-accuracy', 'segmentation-miou', 'max-box-acc-v2'] as const)
      near(aggregate(id, record, 'predicted')?.value, computed[method][id], 1e-9, id)
  })
}

test('a point hits less than 15 pixels away from the object', () => {
  const truth = imageTruth(protocols.standard, { width: 64, height: 64, boxes: [[40, 10, 50, 20]] }, blank)
  const at = (x: number) => {
    const values = Array.from({ length: 64 * 64 }, (_, p) => Number(p === 15 * 64 + x))
    const found = compareMap({ rows: 64, columns: 64, values, scale: 'relative' }, truth)
    assert.ok(found.state === 'ok')
    return pointsNear(found.map)
  }
  assert.deepEqual([45, 26, 25].map(at), [1, 1, 0])
})

test('difficult are small objects that are not alone', () => {
  const truth = (box: Box, others?: number) =>
    imageTruth(protocols.standard, { width: 56, height: 56, boxes: [box], ...(others && { others }) }, blank)
  assert.equal(truth([0, 0, 27, 28], 1).difficult, true)
  assert.equal(truth([0, 0, 28, 28], 1).difficult, false)
  assert.equal(truth([0, 0, 10, 10]).difficult, false)
})

test('the mask of the object comes before a blob on it, noise and the complement', () => {
  const inside = (row: number, column: number) => row >= 3 && row < 10 && column >= 4 && column < 12
  const scene = boxScene([4, 3, 12, 10])
  const maps = [
    mapOf((row, column) => Number(inside(row, column))),
    mapOf((row, column) => Math.exp(-((row - 6) ** 2 + (column - 7.5) ** 2) / 8)),
    mapOf((row, column) => ((row * 7919 + column * 104_729) % 97) / 97),
    mapOf((row, column) => Number(!inside(row, column))),
  ]
  const found = maps.map(map => measureMap(rules, map, scene).benchmarks)
  for (const id of ['top-k-intersection', 'two-class-ap', 'mean-threshold-f1']) {
    const values = found.map(columns => (columns.state === 'ok' ? Number(columns.values[id]) : Number.NaN))
    assert.deepEqual(
      values,
      values.toSorted((a, b) => b - a),
      id,
    )
    assert.ok(values[0]! > values[3]!, id)
  }
})
