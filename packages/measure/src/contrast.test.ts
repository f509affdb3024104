import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { openDataset } from '@vitrine/datasets'
import { explainers } from '@vitrine/explainers'
import { openModel } from '@vitrine/models'
import { sizeOf } from '@vitrine/tensor'
import { otherClass } from './map-columns.ts'
import { writeInput } from './model-input.ts'
import { openModelRun } from './model-run.ts'
import { objectMask } from './truth.ts'

const model = await openModel('icon-vit')
const scenes = await openDataset('icon-scenes-pairs')
const samples = await Promise.all(Array.from({ length: 16 }, (_, i) => scenes.sample(i)))
const backend = await openBackend('onnx', { threads: 2 })
after(() => backend.dispose())

const methods = ['agcam', 'legrad', 'grad-eclip'].map(key => {
  const explainer = explainers.find(({ id }) => id === key)
  assert(explainer)
  return { key, explainer, options: {} }
})

/** The share of a map's positive mass on the object of a class, patch by patch. */
function massOn(map: Float32Array, { width, height, mask }: ReturnType<typeof objectMask>): number {
  const { rows, columns } = model.transformer.grid
  const covered = new Float64Array(map.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width)
      covered[cell] = (covered[cell] ?? 0) + ((mask[y * width + x] ?? 0) * map.length) / (width * height)
    }
  const positive = map.map(value => Math.max(value, 0))
  return positive.reduce((sum, p, i) => sum + p * (covered[i] ?? 0), 0) / positive.reduce((sum, p) => sum + p, 0)
}

/** Per method, the mean share of the maps of labels that lies on the other object of each picture. */
async function massOnOther(isContrast: boolean): Promise<Record<string, number>> {
  const found = Object.fromEntries(methods.map(({ key }) => [key, 0]))
  for (const sample of samples) {
    const other = otherClass(sample)
    assert(other !== undefined)
    const run = openModelRun(backend, model, 1, undefined, isContrast ? { classes: [other] } : undefined)
    const pixels = writeInput(model, sample.image, new Float32Array(sizeOf(model.transformer.imageShape(1))))
    const { maps } = await run.explain(methods, { ids: [sample.id], pixels }, 0, Int32Array.of(sample.label))
    await run.dispose()
    for (const { key } of methods) {
      const map = maps.get(key)?.[0]
      assert(map)
      found[key] = (found[key] ?? 0) + massOn(map, objectMask(sample, other)) / samples.length
    }
  }
  return found
}

test("a class against the other of its picture: maps move off the other class's object", async () => {
  const [alone, against] = [await massOnOther(false), await massOnOther(true)]
  for (const { key } of methods)
    assert.ok(
      (against[key] ?? 1) < 0.95 * (alone[key] ?? 0),
      `${key}: ${alone[key]} alone, ${against[key]} against the other`,
    )
})
