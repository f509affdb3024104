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
  assert.deepEqual(dataset.notes, ['left out 1: image without an object (000000000285.jpg)'])
})

test('a file that is no list of instances is an error', async () => {
  const root = tree({ 'val2017/a.jpg': '', 'annotations/instances_val2017.json': '{"images": []}' })
  await assert.rejects(openDataset(`coco:${root}`), /expected a list "categories", got none/)
})

type Picture = {
  readonly id: number | string
  readonly file_name?: unknown
  readonly width?: number
  readonly height?: number
}

/** A picture of 6 x 5 pixels with these annotations. */
const opened = async (
  annotations: readonly unknown[],
  pictures: readonly Picture[] = [{ id: 139, file_name: '000000000139.jpg' }],
  more: Readonly<Record<string, unknown>> = {},
) => {
  const json = JSON.stringify({ images: pictures, categories, annotations, ...more })
  return openDataset(`coco:${tree({ ...(await files([])), 'annotations/instances_val2017.json': json })}`)
}
const { area: _, ...unmeasured } = square

test('without an area, the label is the class with the largest polygons, runs or boxes', async () => {
  const runs = { counts: [0, 20, 10], size: [5, 6] }
  for (const larger of [
    { segmentation: [[0, 0, 6, 0, 6, 5, 0, 5]], bbox: [0, 0, 1, 1] },
    { segmentation: [], bbox: [0, 0, 6, 5] },
    { segmentation: { counts: [0, 30], size: [5, 6] }, bbox: [0, 0, 1, 1] },
  ]) {
    const dataset = await opened([unmeasured, { image_id: 139, category_id: 1, ...larger }])
    assert.equal((await dataset.sample(0)).label, 0, JSON.stringify(larger))
  }
  const dataset = await opened([
    { ...unmeasured, bbox: [0, 0, 6, 5] },
    { ...unmeasured, category_id: 1, segmentation: runs },
  ])
  assert.equal((await dataset.sample(0)).label, 0, 'polygons of 6 pixels against runs of 20')
})

test('an object without a segmentation has its box and no mask', async () => {
  for (const segmentation of [undefined, null, [], [[]], [[1, 1, 2, 2]]]) {
    const dataset = await opened([{ ...square, segmentation }])
    assert.deepEqual((await dataset.sample(0)).objects, [{ label: 1, box: [1, 1, 4, 3] }], JSON.stringify(segmentation))
  }
})

test('an object without a box has that of its mask; without both it is left out and counted', async () => {
  const dataset = await opened([
    { ...square, bbox: undefined },
    { image_id: 139, category_id: 1 },
  ])
  const { objects, notes } = await dataset.sample(0)
  assert.deepEqual([objects.length, objects[0]?.box], [1, [1, 1, 4, 3]])
  assert.deepEqual(notes, ['annotation without box and segmentation, left out'])
})

test('ids may be texts on one side and numbers on the other', async () => {
  const dataset = await opened([{ ...square, image_id: '139', category_id: '17' }])
  assert.deepEqual([dataset.size, (await dataset.sample(0)).label], [1, 1])
})

test('images without a file name, or with one that leads out of the folder, are left out and named', async () => {
  const on = (image_id: number) => ({ ...square, image_id })
  const dataset = await opened([1, 2, 3, 4, 139].map(on), [
    { id: 1 },
    { id: 2, file_name: '../outside.png' },
    { id: 3, file_name: '/etc/passwd' },
    { id: 4, file_name: 7 },
    { id: 139, file_name: '000000000139.jpg' },
  ])
  assert.equal(dataset.size, 1)
  const notes = dataset.notes?.join('\n') ?? ''
  assert.match(notes, /left out 2: image that cannot be used \(number 1: file_name: .*, number 4: file_name: .*\)/)
  assert.match(
    notes,
    /left out 2: name that leads out of the folder of images \("\.\.\/outside\.png", "\/etc\/passwd"\)/,
  )
})

test('a file name may begin at the root', async () => {
  for (const file_name of ['val2017/000000000139.jpg', 'images/val2017/000000000139.jpg']) {
    const dataset = await opened([square], [{ id: 139, file_name }])
    assert.equal((await dataset.sample(0)).id, 'coco/000000000139')
  }
})

test('annotations of no image, of no category and of no form are counted', async () => {
  const dataset = await opened([
    square,
    { ...square, image_id: 7 },
    { ...square, category_id: 99 },
    null,
    { ...square, bbox: [1, 'x'] },
  ])
  const notes = dataset.notes?.join('\n') ?? ''
  assert.match(notes, /left out 1: annotations of an image that is not listed \(7\)/)
  assert.match(notes, /left out 1: object of a category that is not listed \(99\)/)
  assert.match(notes, /left out 2: annotation that cannot be used \(number 4: .*, number 5: bbox.*\)/)
  assert.equal((await dataset.sample(0)).objects.length, 1)
})

test('boxes and polygons as shares of width and height become pixels', async () => {
  const dataset = await opened([
    { image_id: 139, category_id: 17, bbox: [0, 0.2, 0.5, 0.6] },
    { image_id: 139, category_id: 1, bbox: [0.5, 0, 0.5, 1], segmentation: [[0.5, 0, 1, 0, 1, 1, 0.5, 1]] },
  ])
  const { objects } = await dataset.sample(0)
  assert.deepEqual(
    objects.map(({ box, mask }) => [...box, mask?.reduce((sum, pixel) => sum + pixel, 0)]),
    [
      [0, 1, 3, 4, undefined],
      [3, 0, 6, 5, 15],
    ],
  )
  assert.match(dataset.notes?.join() ?? '', /boxes are taken as shares of width and height/)
})

test('what was annotated for a picture of another size is scaled, for another shape left out; both are counted', async () => {
  const picture = { id: 139, file_name: '000000000139.jpg' }
  const large = { ...square, bbox: [2, 2, 6, 4], segmentation: [[2, 2, 8, 2, 8, 6, 2, 6]] }
  const scaled = await (await opened([large], [{ ...picture, width: 12, height: 10 }])).sample(0)
  assert.deepEqual(
    [scaled.objects[0]?.box, scaled.notes],
    [[1, 1, 4, 3], ['annotation for a picture of another size, scaled']],
  )
  const turned = await (await opened([square], [{ ...picture, width: 5, height: 6 }])).sample(0)
  assert.deepEqual([turned.objects, turned.notes], [[], ['annotation for a picture of another shape, left out']])
  const runs = { ...square, segmentation: { counts: [0, 30], size: [6, 5] } }
  assert.deepEqual((await (await opened([runs])).sample(0)).objects, [])
})

test('runs that are no lengths and points that are no numbers cost their image', async () => {
  const text = ['0 0"/><rect width="99" height="99"/>']
  for (const [segmentation, problem] of [
    [{ counts: [-5, 35], size: [5, 6] }, /expected lengths of runs, whole numbers from 0, got -5/],
    [[[...text, ...text, ...text]], /expected the segmentation of an annotation to be polygons or runs/],
    [{ counts: [1, 2], size: [5, 6] }, /expected runs of 30 pixels, got 3 pixels/],
  ] as const)
    await assert.rejects((await opened([{ ...square, segmentation }])).sample(0), {
      name: 'SampleError',
      message: problem,
    })
})

test('a split without annotations is an error that names those that are there', async () => {
  const root = tree({ ...(await files([square])), 'train2017/a.jpg': '' })
  await assert.rejects(
    openDataset(`coco:${root}?split=train2017`),
    /instances_train2017\.json, found none\. .*there of val2017/,
  )
})
