import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { openDataset } from '../open.ts'
import { jpeg, tree } from '../testing/tree.ts'

const names = ['001.Albatross/A_1.jpg', '001.Albatross/A_2.jpg', '001.Albatross/A_3.jpg', '002.Auklet/B_1.jpg']

const files = async (): Promise<Record<string, string | Uint8Array>> => ({
  ...Object.fromEntries(await Promise.all(names.map(async name => [`images/${name}`, await jpeg(6, 4)]))),
  'images.txt': names.map((name, i) => `${i + 1} ${name}\n`).join(''),
  'classes.txt': '1 001.Albatross\n2 002.Auklet\n',
  'image_class_labels.txt': '1 1\n2 1\n3 1\n4 2\n',
  'bounding_boxes.txt': '1 0.0 0.0 2.0 2.0\n2 1.0 1.0 3.0 2.0\n3 0.0 0.0 1.0 1.0\n4 2.0 1.0 4.0 3.0\n',
  'train_test_split.txt': '1 1\n2 0\n3 0\n4 0\n',
})

test('the test split has the images that are not for training, classes in turns', async () => {
  const dataset = await openDataset(`cub:${tree(await files())}`)
  const samples = await Promise.all([0, 1, 2].map(i => dataset.sample(i)))
  assert.deepEqual([dataset.size, dataset.classNames], [3, ['001.Albatross', '002.Auklet']])
  assert.deepEqual(
    samples.map(({ id, label, objects }) => [id, label, ...(objects[0]?.box ?? [])]),
    [
      ['cub/A_2', 0, 1, 1, 4, 3],
      ['cub/B_1', 1, 2, 1, 6, 4],
      ['cub/A_3', 0, 0, 0, 1, 1],
    ],
  )
})

test('the training split has the others', async () => {
  const dataset = await openDataset(`cub:${tree(await files())}?split=train`)
  assert.deepEqual([dataset.id, dataset.size, (await dataset.sample(0)).id], ['cub-train', 1, 'cub-train/A_1'])
})

test('a mask holds the pixels on which three of five annotators agree', async () => {
  const levels = [...[0, 51, 102, 153, 204, 255], ...Array(18).fill(0)]
  const png = await sharp(Uint8Array.from(levels), { raw: { width: 6, height: 4, channels: 1 } })
    .png()
    .toBuffer()
  const root = tree({ ...(await files()), 'segmentations/001.Albatross/A_2.png': png })
  const { objects } = await (await openDataset(`cub:${root}`)).sample(0)
  assert.deepEqual(objects[0]?.box, [3, 0, 6, 1])
  assert.deepEqual([...(objects[0]?.mask ?? [])], [...[0, 0, 0, 1, 1, 1], ...Array(18).fill(0)])
})

test('an unknown split is an error', async () => {
  await assert.rejects(
    openDataset(`cub:${tree(await files())}?split=val`),
    /expected the split test or train, got "val"/,
  )
})

test('a picture whose name leads out of the folder is left out and named; a box that is no number costs its image', async () => {
  const some = await files()
  const root = tree({
    ...some,
    'images.txt': String(some['images.txt']).replace('001.Albatross/A_3.jpg', '../../A_3.jpg'),
    'bounding_boxes.txt': String(some['bounding_boxes.txt']).replace('4 2.0', '4 2.0px'),
  })
  const dataset = await openDataset(`cub:${root}`)
  assert.deepEqual([dataset.size, dataset.notes?.length], [2, 1])
  assert.match(
    dataset.notes?.[0] ?? '',
    /left out 1: name that leads out of the folder of images \("\.\.\/\.\.\/A_3\.jpg"\)/,
  )
  await assert.rejects(dataset.sample(1), { name: 'SampleError', message: /expected a box/ })
})
