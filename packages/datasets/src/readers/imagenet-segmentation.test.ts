import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDataset } from '../open.ts'
import { tree } from '../testing/tree.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const file = `imagenet-segmentation:${fileURLToPath(new URL('segmentation.mat', fixtures))}`

test('images, masks and labels are read from a file laid out as MATLAB does, which h5py wrote', async () => {
  const dataset = await openDataset(file)
  const expected: { shape: number[]; rgb: number[]; mask: number[] }[] = JSON.parse(
    readFileSync(new URL('segmentation.json', fixtures), 'utf8'),
  )
  assert.deepEqual([dataset.size, dataset.classNames.length], [2, 1000])
  for (const [i, { shape, rgb, mask }] of expected.entries()) {
    const { image, objects, label } = await dataset.sample(i)
    assert.deepEqual([image.height, image.width], shape.slice(0, 2))
    assert.deepEqual([...image.data], rgb)
    assert.equal(label, [2, 999][i])
    assert.deepEqual([...(objects[0]?.mask ?? [])], mask)
  }
})

test('a file that is no HDF5 file and one without images are errors', async () => {
  const root = tree({ 'text.mat': 'no such thing' })
  await assert.rejects(
    openDataset(`imagenet-segmentation:${join(root, 'text.mat')}`),
    /expected an HDF5 file that can be read/,
  )
  await assert.rejects(
    openDataset(`imagenet-segmentation:${join(root, 'none.mat')}`),
    /expected a file, but there is no such file: .*none\.mat/,
  )
})
