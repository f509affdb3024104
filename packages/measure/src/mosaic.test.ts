import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { openDataset } from '@vitrine/datasets'
import { explainers, resolveOptions } from '@vitrine/explainers'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import type { ImageRow } from '@vitrine/records'
import { openModelRun } from './model-run.ts'
import { mosaicOf } from './mosaic.ts'
import { measureRows, type RowUnit } from './rows.ts'
import { objectMask } from './truth.ts'

const backend = await openBackend('onnx:cpu', { threads: 1 })
after(() => backend.dispose())
const run = openModelRun(backend, await openModel('icon-vit'), 4)
after(() => run.dispose())
const scenes = await openDataset('icon-scenes')

function unit(id: string): RowUnit {
  const explainer = explainers.find(one => one.id === id) ?? assert.fail()
  return {
    id,
    method: { key: id, explainer, options: resolveOptions(id, explainer.options) },
    protocol: protocols.full,
  }
}

test('a mosaic shows its pictures row by row, and each class is where its picture is', async () => {
  const pictures = await Promise.all([0, 1, 2, 3].map(index => scenes.sample(index)))
  const { image, objects } = mosaicOf(pictures)
  assert.deepEqual([image.width, image.height], [448, 448])
  pictures.forEach((picture, i) => {
    const [left, top] = [(i % 2) * 224, Math.floor(i / 2) * 224]
    for (const [x, y] of [
      [0, 0],
      [100, 57],
      [223, 223],
    ] as const) {
      const [here, there] = [3 * ((top + y) * 448 + left + x), 3 * (y * 224 + x)]
      assert.deepEqual(image.data.subarray(here, here + 3), picture.image.data.subarray(there, there + 3))
    }
    assert.deepEqual(objects[i]?.box, [left, top, left + 224, top + 224])
  })
  const mask = Uint8Array.from(objectMask(mosaicOf(pictures), pictures[3]?.label ?? -1).mask)
  assert.equal(mask[448 * 448 - 1], 1)
  assert.equal(
    mask.reduce((sum, pixel) => sum + pixel, 0),
    224 * 224,
  )
})

test('told the truth, all mass is in the right picture; a map of no class has a quarter of it there', async () => {
  const units = ['object-mask', 'attention-rollout', 'agcam', 'rise'].map(unit)
  const rows: ImageRow[] = []
  const options = { thresholds: [0.5], seed: 0, groups: new Set(['mosaic'] as const) }
  for await (const found of measureRows(run, scenes, units, [{ index: 0, at: 0 }], options)) rows.push(...found)
  const of = (id: string) => rows.find(row => row.unit === id)?.values ?? assert.fail()
  const value = (id: string) => Number(of(id)['mosaic.label.grid-pointing'])
  assert.equal(value('object-mask'), 1)
  assert.ok(Math.abs(value('attention-rollout') - 0.25) < 1e-5)
  assert.ok(value('agcam') > 0.25)
  assert.equal(of('rise')['mosaic.label.state'], 'too-dear')
  assert.deepEqual([of('agcam').explanations, of('rise').explanations], [4, 0])
})

test('a dataset without four classes has no mosaics', async () => {
  const one = { ...scenes, size: 3 }
  const rows: ImageRow[] = []
  const options = { thresholds: [0.5], seed: 0, groups: new Set(['mosaic'] as const) }
  for await (const found of measureRows(run, one, [unit('agcam')], [{ index: 0, at: 0 }], options)) rows.push(...found)
  assert.equal(rows[0]?.values['mosaic.label.state'], 'too-few')
})
