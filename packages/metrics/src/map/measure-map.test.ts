import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MapMetricId, mapMetrics, metrics } from '../metrics.ts'
import { protocols } from '../protocols.ts'
import { randomSource, uniform } from '../random.ts'
import { readJson, readTensors } from '../testing/reference.ts'
import { blank, boxScene, cells, mapOf, side } from '../testing/scenes.ts'
import type { Box, Heatmap, InputImage } from '../types.ts'
import { imageTruth } from './image-truth.ts'
import { mapGroups, measureMap } from './measure-map.ts'
import { resizeBilinear } from './resize.ts'
import { spearman } from './spearman.ts'

const rules = protocols.standard.diagnostics
const near = (found: number | null | undefined, expected: number, error = 1e-9) =>
  assert.ok(
    typeof found === 'number' && Math.abs(found - expected) <= error,
    `${found}, expected ${expected} within ${error}`,
  )

const object: Box = [4, 5, 9, 10]
const scene = boxScene(object)
const inObject = (row: number, column: number) => row >= 5 && row < 10 && column >= 4 && column < 9
const random = randomSource(1)

const constructed = {
  noise: mapOf(() => uniform(random)),
  blob: mapOf((row, column) => Math.exp(-((row - 7) ** 2 + (column - 6) ** 2) / (2 * 2 ** 2))),
  mask: mapOf((row, column) => Number(inObject(row, column))),
  uniform: mapOf(() => 1, { scale: 'unit' }),
  point: mapOf((row, column) => Number(row === 7 && column === 6)),
  checkerboard: mapOf((row, column) => (row + column) % 2),
}

function value(id: MapMetricId, heatmap: Heatmap, where = scene): number | null {
  const found = measureMap(rules, heatmap, where)[mapMetrics[id].group]
  assert.ok(found.state === 'ok', found.state)
  return found.values[id] ?? null
}

const { quantus, sklearn, scipy, boxes } = readJson<{
  quantus: Record<string, Record<string, number[]>>
  sklearn: Record<string, Record<string, number[]>>
  scipy: { 'spearman-with-ties': number } & Record<string, Record<string, number[]>>
  boxes: Box[]
}>('quantus.json')
const raw = readTensors('quantus.safetensors')
const mapAt = (method: string, image: number): Heatmap => {
  const values = raw(method).subarray(196 * image, 196 * (image + 1))
  return { rows: cells, columns: cells, values, scale: 'relative' }
}
const channel = side * side
const pattern: InputImage = {
  width: side,
  height: side,
  values: Float32Array.from({ length: 3 * channel }, (_, i) => {
    const [c, y, x] = [Math.floor(i / channel), Math.floor((i % channel) / side), i % side]
    return Math.sin(0.7 * y + c) * Math.cos(0.3 * x * (c + 1)) + 0.2 * ((x * 7 + y * 13) % 11)
  }),
}

for (const method of ['rollout', 'gradcam']) {
  const each = (check: (heatmap: Heatmap, image: number, where: typeof scene) => void) =>
    boxes.forEach((box, image) => {
      const where = imageTruth(protocols.standard, { width: 224, height: 224, boxes: [box] }, blank)
      check(mapAt(method, image), image, where)
    })

  for (const id of ['pointing-game', 'mass-accuracy', 'roc-auc'] as const) {
    test(`${id} of ${method} is Quantus'`, () => {
      each((heatmap, image, where) => near(value(id, heatmap, where), quantus[method]![id]![image]!, 1e-6))
    })
  }

  test(`rank-accuracy of ${method} is Quantus', but for equal values at the last place`, () => {
    // It takes equal values in the order of their indices, and we in proportion; on one image some tie.
    each((heatmap, image, where) =>
      near(value('rank-accuracy', heatmap, where), quantus[method]!['rank-accuracy']![image]!, 2e-4),
    )
  })

  test(`average precision of ${method} is scikit-learn's`, () => {
    each((heatmap, image, where) =>
      near(value('average-precision', heatmap, where), sklearn[method]!['average-precision']![image]!, 1e-6),
    )
  })

  test(`entropy of ${method} is Quantus' complexity over that of a uniform map`, () => {
    each((heatmap, image, where) => {
      const values = resizeBilinear(Float32Array.from(heatmap.values), cells, cells, 224, 224)
      const fine: Heatmap = { rows: 224, columns: 224, values, scale: 'relative' }
      near(value('entropy', fine, where), quantus[method]!.complexity![image]! / Math.log(224 * 224), 1e-6)
    })
  })

  test(`the energy of ${method} above the object's scale is that of scipy's DCT`, () => {
    each((heatmap, image, where) => near(value('fine-energy', heatmap, where), scipy[method]!['fine-energy']![image]!))
  })

  test(`the correlation of ${method} with edges is that of scipy's Sobel filter and Spearman`, () => {
    const where = boxScene(object, pattern)
    for (const image of boxes.keys()) {
      near(value('edge-correlation', mapAt(method, image), where), scipy[method]!['edge-correlation']![image]!)
    }
  })
}

test("Spearman with ties is scipy's", () => {
  const { values } = mapAt('gradcam', 0)
  const greatest = Math.max(...Array.from(values, Math.abs))
  const coarse = Array.from(values, v => Math.round((v * 3) / greatest))
  near(spearman(coarse, mapAt('rollout', 0).values), scipy['spearman-with-ties'])
})

test('each metric orders the constructed maps as its definition says', () => {
  const order = (id: MapMetricId, ...names: (keyof typeof constructed)[]) => {
    const values = names.map(name => Number(value(id, constructed[name])))
    const sign = metrics[id].direction === 'higher' ? 1 : -1
    for (let i = 1; i < values.length; i++)
      assert.ok(sign * values[i - 1]! > sign * values[i]!, `${id} of ${names.join(', ')}: ${values.join(', ')}`)
  }
  order('fine-energy', 'blob', 'mask', 'noise', 'checkerboard')
  order('total-variation', 'blob', 'mask', 'noise', 'checkerboard')
  order('effective-area', 'point', 'blob', 'noise', 'uniform')
  order('entropy', 'point', 'mask', 'blob', 'noise', 'uniform')
  order('outside-mass', 'point', 'mask', 'blob', 'noise', 'uniform')
  order('mass-accuracy', 'point', 'mask', 'blob', 'noise', 'uniform')
  order('roc-auc', 'mask', 'blob', 'noise')
  order('average-precision', 'mask', 'blob', 'noise', 'uniform')
  order('rank-accuracy', 'mask', 'blob', 'noise')
  order('pointing-game', 'mask', 'uniform')
})

test('values calculated by hand', () => {
  // 25 of 196 cells: every cell holds the same mass, and 0.9 of 25 cells hold 0.9 of it.
  near(value('effective-area', constructed.mask), (0.9 * 25) / 196)
  near(value('effective-area', constructed.uniform), 0.9)
  near(value('effective-area', constructed.point), 0.9 / 196)
  near(value('entropy', constructed.mask), Math.log(25) / Math.log(196))
  near(value('entropy', constructed.uniform), 1)
  near(value('entropy', constructed.point), 0)
  near(value('outside-mass', constructed.uniform), 1 - 25 / 196, 1e-6)
  near(value('total-variation', constructed.checkerboard), 1)
  // The outline of the 5 x 5 object crosses 20 of 2 * 14 * 13 pairs.
  near(value('total-variation', constructed.mask), 20 / 364)
  near(value('pointing-game', constructed.uniform), 25 / 196)
  near(value('rank-accuracy', constructed.uniform), 25 / 196)
  near(value('average-precision', constructed.uniform), 25 / 196)
  near(value('roc-auc', constructed.uniform), 0.5)
})

test('energy is finer than the object where the wave is shorter than it', () => {
  const wave = (k: number) => mapOf((_, column) => Math.cos((Math.PI * (column + 0.5) * k) / cells))
  // An object of 5 x 5 cells: a cosine of k half periods over 14 cells has a period of 28 / k cells, shorter than 5 from k = 6.
  near(value('fine-energy', wave(5)), 0)
  near(value('fine-energy', wave(6)), 1)
  near(
    value(
      'fine-energy',
      mapOf((row, column) => 3 * wave(5).values[column]! + wave(9).values[row]!),
    ),
    1 / 10,
  )
})

test('a map that follows edges everywhere follows them outside the object; the object itself does not', () => {
  const where = boxScene(object, pattern)
  const edges = mapOf((row, column) => {
    const { contrast } = where
    let sum = 0
    for (let y = 0; y < 4; y++) for (let x = 0; x < 4; x++) sum += contrast[(4 * row + y) * side + 4 * column + x]!
    return sum
  })
  near(value('edge-correlation', edges, where), 1)
  near(value('background-edges', edges, where), 1)
  assert.equal(value('background-edges', constructed.mask, where), null)
})

test('negative evidence of a signed map has no mass; it still ranks below', () => {
  const signed = mapOf((row, column) => (inObject(row, column) ? 1 : -5), { signed: true })
  near(value('effective-area', signed), (0.9 * 25) / 196)
  near(
    value(
      'outside-mass',
      mapOf((row, column) => (inObject(row, column) ? 0 : -5), { signed: true }),
    ) ?? 0,
    0,
  )
  near(value('roc-auc', signed), 1, 0.02)
})

test('maps without numbers have a state, not a number', () => {
  const states = (heatmap: Heatmap, where = scene) =>
    mapGroups.map(group => measureMap(rules, heatmap, where)[group].state)
  const all = (state: string) => mapGroups.map(() => state)
  assert.deepEqual(states(mapOf(() => 2)), all('flat'))
  assert.deepEqual(states(mapOf(row => (row === 3 ? Number.NaN : 0))), all('nan'))
  assert.deepEqual(
    states(constructed.uniform),
    mapGroups.map(group => (group === 'texture' ? 'flat' : 'ok')),
  )
  const nothing = imageTruth(protocols.standard, { width: side, height: side, boxes: [] }, blank)
  assert.deepEqual(states(constructed.blob, nothing), all('empty-truth'))
})
