import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '@vitrine/metrics'
import { mosaicOf } from './mosaic.ts'
import { openIconRun, unitOf } from './testing/icon-run.ts'
import { objectMask } from './truth.ts'

const { scenes, rowsOf } = await openIconRun('icon-scenes', { batch: 4 })
const groups = new Set(['mosaic'] as const)

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
  const units = ['object-mask', 'attention-rollout', 'agcam', 'rise'].map(id => unitOf(id, protocols.full))
  const rows = (await rowsOf(units, { groups })).flat()
  const of = (id: string) => rows.find(row => row.unit === id)?.values ?? assert.fail()
  const value = (id: string) => Number(of(id)['mosaic.label.grid-pointing'])
  assert.equal(value('object-mask'), 1)
  assert.ok(Math.abs(value('attention-rollout') - 0.25) < 1e-5)
  assert.ok(value('agcam') > 0.25)
  assert.equal(of('rise')['mosaic.label.state'], 'too-dear')
  assert.deepEqual([of('agcam').explanations, of('rise').explanations], [4, 0])
})

test('a dataset without four classes has no mosaics', async () => {
  const [[row] = []] = await rowsOf([unitOf('agcam', protocols.full)], { dataset: { ...scenes, size: 3 }, groups })
  assert.equal(row?.values['mosaic.label.state'], 'too-few')
})
