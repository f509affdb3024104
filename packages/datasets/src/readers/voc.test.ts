import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDataset } from '../open.ts'
import { annotation, jpeg, painted, tree } from '../testing/tree.ts'

const files = async () => ({
  'JPEGImages/2007_000001.jpg': await jpeg(4, 3),
  'JPEGImages/2007_000002.jpg': await jpeg(6, 5),
  'Annotations/2007_000001.xml': annotation(['cat', 1, 1, 4, 3], ['person', 2, 2, 2, 2], ['head', 1, 1, 2, 2]),
  'Annotations/2007_000002.xml': annotation(['aeroplane', 1, 1, 2, 2], ['tvmonitor', 1, 1, 6, 5]),
  'ImageSets/Main/val.txt': '2007_000001\n2007_000002\n',
  'ImageSets/Segmentation/val.txt': '2007_000001\n',
})

test('the label is the class of the largest box; classes are in their published order', async () => {
  const dataset = await openDataset(`voc:${tree(await files())}`)
  assert.deepEqual([dataset.id, dataset.size, dataset.classNames.length], ['voc', 2, 20])
  assert.equal(dataset.classNames[(await dataset.sample(0)).label], 'cat')
  assert.equal(dataset.classNames[(await dataset.sample(1)).label], 'tvmonitor')
})

test('boxes count from 0 and end behind the last pixel; parts of objects are left out', async () => {
  const { objects } = await (await openDataset(`voc:${tree(await files())}`)).sample(0)
  assert.deepEqual(
    objects.map(({ label, box }) => [label, ...box]),
    [
      [7, 0, 0, 4, 3],
      [14, 1, 1, 2, 2],
    ],
  )
})

test('a list of the segmentation part has masks, told by the colours of the palette', async () => {
  // Of VOC's palette: 0 background, 8 cat, 15 person, 255 undecided.
  const [o, c, p, u] = [0x000000, 0x400000, 0xc08080, 0xe0e0c0]
  const mask = await painted([
    [o, c, c, u],
    [o, c, p, u],
    [o, o, o, o],
  ])
  const root = tree({ ...(await files()), 'SegmentationClass/2007_000001.png': mask })
  const dataset = await openDataset(`voc:${root}?split=Segmentation/val`)
  assert.deepEqual([dataset.id, dataset.size], ['voc-segmentation-val', 1])
  const { objects } = await dataset.sample(0)
  assert.deepEqual(
    objects.map(({ label, box, mask: m }) => [label, ...box, ...(m ?? [])]),
    [
      [7, 1, 0, 3, 2, ...[0, 1, 1, 0], ...[0, 1, 0, 0], ...[0, 0, 0, 0]],
      [14, 2, 1, 3, 2, ...[0, 0, 0, 0], ...[0, 0, 1, 0], ...[0, 0, 0, 0]],
    ],
  )
})

test('a split that is not there is an error that names its file', async () => {
  await assert.rejects(
    openDataset(`voc:${tree(await files())}?split=Main/test`),
    /expected the file .*ImageSets\/Main\/test\.txt/,
  )
})
