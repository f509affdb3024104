import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openDataset } from '../open.ts'
import { jpeg, tree } from '../testing/tree.ts'

const categories = [
  { id: 17, name: 'cat' },
  { id: 1, name: 'person' },
]

const files = async (annotations: readonly object[]) => ({
  'val2017/000000000139.jpg': await jpeg(6, 5),
  'val2017/000000000285.jpg': await jpeg(6, 5),
  'annotations/instances_val2017.json': JSON.stringify({
    images: [
      { id: 285, file_name: '000000000285.jpg' },
      { id: 139, file_name: '000000000139.jpg' },
    ],
    categories,
    annotations,
  }),
})

const square = {
  image_id: 139,
  category_id: 17,
  area: 6,
  bbox: [1, 1, 3, 2],
  iscrowd: 0,
  segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]],
}

test('polygons become masks of the pixels whose centres lie inside', async () => {
  const dataset = await openDataset(`coco:${tree(await files([square]))}`)
  const { label, objects } = await dataset.sample(0)
  assert.deepEqual([dataset.size, dataset.classNames, label], [1, ['person', 'cat'], 1])
  assert.deepEqual(objects[0]?.box, [1, 1, 4, 3])
  assert.deepEqual(
    [...(objects[0]?.mask ?? [])],
    [...[0, 0, 0, 0, 0, 0], ...[0, 1, 1, 1, 0, 0], ...[0, 1, 1, 1, 0, 0], ...Array(12).fill(0)],
  )
})

test('overlapping polygons of one object add up, whichever way round they run', async () => {
  const both = { ...square, segmentation: [...square.segmentation, [2, 1, 2, 5, 5, 5, 5, 1]] }
  const { objects } = await (await openDataset(`coco:${tree(await files([both]))}`)).sample(0)
  assert.equal(
    objects[0]?.mask?.reduce((sum, p) => sum + p, 0),
    14,
  )
})

test('runs go down the columns, as lists and as text', async () => {
  // The texts are those of pycocotools for the same runs.
  const { runs, size, text }: { runs: number[]; size: [number, number]; text: string } = JSON.parse(
    readFileSync(new URL('../../fixtures/coco-runs.json', import.meta.url), 'utf8'),
  )
  const crowd = (counts: unknown) => ({ ...square, iscrowd: 1, segmentation: { counts, size } })
  const masks = await Promise.all(
    [runs, text].map(async counts => {
      const { objects } = await (await openDataset(`coco:${tree(await files([crowd(counts)]))}`)).sample(0)
      return [...(objects[0]?.mask ?? [])]
    }),
  )
  assert.deepEqual(masks[0], masks[1])
  const columnwise = Array.from({ length: 30 }, (_, i) => masks[0]?.[(i % 5) * 6 + Math.floor(i / 5)])
  assert.deepEqual(
    columnwise,
    runs.flatMap((run, i) => Array(run).fill(i % 2)),
  )
})

test('the label is the class with the largest area; images without objects are left out', async () => {
  const person = { ...square, category_id: 1, area: 4 }
  const dataset = await openDataset(`coco:${tree(await files([square, person, person]))}`)
  assert.deepEqual([dataset.size, (await dataset.sample(0)).label], [1, 0])
})

test('a file that is no list of instances is an error', async () => {
  const root = tree({ 'val2017/a.jpg': '', 'annotations/instances_val2017.json': '{"images": []}' })
  await assert.rejects(openDataset(`coco:${root}`), /expected a list "categories", got none/)
})
