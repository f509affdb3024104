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

const opened = async (more: Readonly<Record<string, string | Uint8Array>>, split = 'Main/val') =>
  openDataset(`voc:${tree({ ...(await files()), ...more })}?split=${split}`)

test('an image without an object and one whose annotation is broken or missing are left out and named', async () => {
  const dataset = await opened({
    'Annotations/2007_000002.xml': annotation(),
    'Annotations/a.xml': '<annotation><source>a & b</annotation>',
    'ImageSets/Main/val.txt': '2007_000001\n2007_000002\na\nb\n',
  })
  assert.equal(dataset.size, 1)
  const [unreadable, empty] = dataset.notes ?? []
  assert.match(
    unreadable ?? '',
    /^left out 2: annotation that cannot be read \(a\.xml: .*, b\.xml: expected a file, found none\)$/,
  )
  assert.equal(empty, 'left out 1: no object in the annotation (2007_000002)')
})

test('where nothing is left, the error says why', async () => {
  await assert.rejects(
    opened({ 'ImageSets/Main/val.txt': 'x\n' }),
    /expected at least one image, found none; left out 1: annotation/,
  )
})

test("classes that are not VOC's are the names that are found, sorted, and a note says so", async () => {
  const dataset = await opened({
    'Annotations/2007_000001.xml': annotation(['helmet', 1, 1, 4, 3], ['vest', 1, 1, 2, 2]),
  })
  assert.deepEqual(dataset.classNames, ['aeroplane', 'helmet', 'tvmonitor', 'vest'])
  assert.match(
    dataset.notes?.join() ?? '',
    /classes are the names in the annotations, for not all are VOC's: aeroplane, helmet/,
  )
  assert.equal((await dataset.sample(0)).label, 1)
})

test('a list of classes names them in the order of their numbers in masks', async () => {
  const dataset = await opened(
    {
      'Annotations/2007_000001.xml': annotation(['vest', 1, 1, 4, 3], ['glove', 1, 1, 2, 2]),
      'labels.txt': '__ignore__\n_background_\nvest\nhelmet\n',
      'SegmentationClass/2007_000001.png': await painted([Array(4).fill(0x010101), [0, 0, 0, 0], [0, 0, 0, 0]]),
    },
    'Segmentation/val',
  )
  assert.deepEqual(dataset.classNames, ['vest', 'helmet'])
  assert.match(dataset.notes?.join() ?? '', /left out 1: object of a class that labels\.txt does not have \(glove\)/)
  assert.deepEqual((await dataset.sample(0)).objects[0]?.box, [0, 0, 4, 1])
})

test('masks of classes without a list are not read, and a note says why', async () => {
  const dataset = await opened(
    { 'Annotations/2007_000001.xml': annotation(['vest', 1, 1, 4, 3]), 'SegmentationClass/x.txt': '' },
    'Segmentation/val',
  )
  assert.match(dataset.notes?.join() ?? '', /masks are not read: no labels\.txt or .* says which number/)
  assert.equal((await dataset.sample(0)).objects[0]?.mask, undefined)
})

test('masks in plain grey hold the numbers of classes', async () => {
  // 8 is the cat, 15 the person.
  const mask = await painted([
    [0, 0x080808, 0x080808, 0xffffff],
    [0, 0x080808, 0x0f0f0f, 0xffffff],
    [0, 0, 0, 0],
  ])
  const dataset = await opened({ 'SegmentationClass/2007_000001.png': mask }, 'Segmentation/val')
  const { objects } = await dataset.sample(0)
  assert.deepEqual(
    objects.map(({ label, box }) => [label, ...box]),
    [
      [7, 1, 0, 3, 2],
      [14, 2, 1, 3, 2],
    ],
  )
})

test('a mask without a class of its annotation leaves the boxes, and the sample says so', async () => {
  const mask = await painted([
    [0xffffff, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ])
  const dataset = await opened({ 'SegmentationClass/2007_000001.png': mask }, 'Segmentation/val')
  const { objects, notes } = await dataset.sample(0)
  assert.deepEqual(objects[0]?.box, [0, 0, 4, 3])
  assert.deepEqual(notes, ['mask without a class of the annotation, boxes taken'])
})

test('a mask of another size is scaled, one of another shape left out', async () => {
  const large = await painted(Array.from({ length: 6 }, (_, y) => Array(8).fill(y < 2 ? 0x400000 : 0)))
  const dataset = await opened({ 'SegmentationClass/2007_000001.png': large }, 'Segmentation/val')
  assert.deepEqual((await dataset.sample(0)).objects[0]?.box, [0, 0, 4, 1])
  const turned = await painted(Array.from({ length: 4 }, () => Array(3).fill(0x400000)))
  const { objects, notes } = await (
    await opened({ 'SegmentationClass/2007_000001.png': turned }, 'Segmentation/val')
  ).sample(0)
  assert.deepEqual([objects, notes], [[], ['annotation for a picture of another shape, left out']])
})

const sized = (xml: string, width: number, height: number) =>
  xml.replace('<annotation>', `<annotation><size><width>${width}</width><height>${height}</height></size>`)

test('an annotation that was made for a picture of another size is scaled, for one of another shape left out', async () => {
  const xml = annotation(['cat', 1, 1, 4, 3])
  const scaled = await opened({ 'Annotations/2007_000001.xml': sized(xml, 8, 6) })
  assert.deepEqual((await scaled.sample(0)).objects[0]?.box, [0, 0, 2, 1.5])
  const turned = await opened({ 'Annotations/2007_000001.xml': sized(xml, 3, 4) })
  assert.deepEqual((await turned.sample(0)).objects, [])
  const unknown = await opened({ 'Annotations/2007_000001.xml': sized(xml, 0, 0) })
  assert.deepEqual((await unknown.sample(0)).objects[0]?.box, [0, 0, 4, 3])
})

test('boxes as shares of width and height become pixels', async () => {
  const dataset = await opened({ 'Annotations/2007_000001.xml': annotation(['cat', 0.25, 0, 1, 0.5]) })
  assert.deepEqual((await dataset.sample(0)).objects[0]?.box, [1, 0, 4, 1.5])
})

test('a list of a class has 1 behind the images that show it', async () => {
  const dataset = await opened(
    { 'ImageSets/Main/cat_val.txt': '2007_000001  1\n2007_000002 -1\n2007_000003  0\n' },
    'Main/cat_val',
  )
  assert.equal(dataset.size, 1)
  assert.equal((await dataset.sample(0)).id, 'voc-main-cat_val/2007_000001')
})

test('pictures may have another ending; an edge that is no number makes the annotation a broken one', async () => {
  const dataset = await opened({
    'JPEGImages/p.png': await painted([
      [1, 2],
      [3, 4],
    ]),
    'Annotations/p.xml': annotation(['cat', 1, 1, 2, 2]),
    'Annotations/q.xml': annotation(['cat', 1, 1, 2, 2]).replace('<xmax>2<', '<xmax>2px<'),
    'ImageSets/Main/val.txt': 'p\nq\n',
  })
  assert.equal((await dataset.sample(0)).image.width, 2)
  assert.match(
    dataset.notes?.join() ?? '',
    /left out 1: annotation that cannot be read \(q\.xml: expected each <object>/,
  )
})

test('a name or a split that leads out of the folder is not followed', async () => {
  const dataset = await opened({ 'ImageSets/Main/val.txt': '../../outside\n2007_000001\n' })
  assert.deepEqual(
    [dataset.size, dataset.notes?.[0]],
    [1, 'left out 1: name that leads out of the folder of images ("../../outside")'],
  )
  await assert.rejects(opened({}, '../../../etc/passwd'), /expected a list in ImageSets, got/)
})

test('without a folder ImageSets all pictures are taken, and a note says so; names in a list may have endings', async () => {
  const all = await files()
  const { 'ImageSets/Main/val.txt': _, 'ImageSets/Segmentation/val.txt': __, ...rest } = all
  const dataset = await openDataset(`voc:${tree(rest)}`)
  assert.deepEqual([dataset.size, dataset.notes], [2, ['there are no lists in ImageSets: all pictures are taken']])
  await assert.rejects(openDataset(`voc:${tree(rest)}?split=Main/test`), /Main\/test\.txt, but ImageSets holds nothing/)
  assert.equal((await opened({ 'ImageSets/Main/val.txt': '2007_000001.jpg\n' })).size, 1)
})
