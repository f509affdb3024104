import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDataset } from '../open.ts'
import { jpeg, tree } from '../testing/tree.ts'

const files = async () => ({
  'dog/a.jpg': await jpeg(3, 2),
  'cat/c.PNG': await jpeg(3, 2),
  'cat/b.jpg': await jpeg(3, 2),
  'cat/notes.txt': 'no image',
  '.hidden/x.jpg': '',
})

test('folders are classes in sorted order and take turns', async () => {
  const dataset = await openDataset(`folder:${tree(await files())}`)
  const samples = await Promise.all([0, 1, 2].map(i => dataset.sample(i)))
  assert.deepEqual([dataset.size, dataset.classNames], [3, ['cat', 'dog']])
  assert.deepEqual(
    samples.map(({ id, label, objects }) => [id.replace(/^.*?\//, ''), label, objects.length]),
    [
      ['cat/b.jpg', 0, 0],
      ['dog/a.jpg', 1, 0],
      ['cat/c.PNG', 0, 0],
    ],
  )
})

test('boxes come from boxes.csv', async () => {
  const table = 'file,xmin,ymin,xmax,ymax\ncat/b.jpg,0,0,2,1\ncat/b.jpg,1,1,3,2\n'
  const { objects } = await (await openDataset(`folder:${tree({ ...(await files()), 'boxes.csv': table })}`)).sample(0)
  assert.deepEqual(
    objects.map(({ label, box }) => [label, ...box]),
    [
      [0, 0, 0, 2, 1],
      [0, 1, 1, 3, 2],
    ],
  )
})

test('a row of boxes.csv without its image or a number is an error that shows the row', async () => {
  for (const row of ['cat/z.jpg,0,0,2,1', 'cat/b.jpg,0,0,2']) {
    const table = `file,xmin,ymin,xmax,ymax\n${row}${row.includes('z') ? '' : ','}\n`
    const root = tree({ ...(await files()), 'boxes.csv': table })
    await assert.rejects(openDataset(`folder:${root}`), /boxes\.csv, row 1: expected file,xmin,ymin,xmax,ymax/)
  }
})

test('a folder without class folders is an error', async () => {
  await assert.rejects(openDataset(`folder:${tree({ 'a.jpg': await jpeg(2, 2) })}`), /expected folders named by class/)
})

test('the index of 50,000 images takes less than 64 MiB of heap, and no image is read for it', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `photographs-of-many-things-${i}.jpg`)
  const root = tree(Object.fromEntries(names.map(name => [`0/${name}`, ''])))
  for (let i = 1; i < 50; i++) symlinkSync(join(root, '0'), join(root, String(i)))
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const dataset = await openDataset(`folder:${root}`)
  assert.equal(dataset.size, 50_000)
  assert.ok(process.memoryUsage().heapUsed - before < 64 * 2 ** 20)
})

const labelled = async (root: string) => {
  const dataset = await openDataset(`folder:${root}`)
  const samples = await Promise.all(Array.from({ length: dataset.size }, (_, i) => dataset.sample(i)))
  return { dataset, labels: Object.fromEntries(samples.map(({ id, label }) => [id.split('/')[1], label])) }
}

test('folders named by numbers are class indices, and a note says so', async () => {
  const image = await jpeg(2, 2)
  const root = tree(Object.fromEntries(['0', '2', '10'].map(name => [`${name}/a.jpg`, image])))
  const { dataset, labels } = await labelled(root)
  assert.deepEqual(labels, { 0: 0, 2: 2, 10: 10 })
  assert.equal(dataset.classNames.length, 11)
  assert.deepEqual(dataset.notes, ['folders named by numbers are taken as class indices'])
})

test('a folder without pictures is no class: it shifts nothing and is named', async () => {
  const image = await jpeg(2, 2)
  const root = tree({ 'annotations/read-me.txt': '', 'cat/a.jpg': image, 'dog/a.jpg': image })
  const { dataset, labels } = await labelled(root)
  assert.deepEqual(labels, { cat: 0, dog: 1 })
  assert.equal(dataset.notes?.[0], 'left out 1: folder without pictures (annotations)')
})

test('pictures outside of the class folders and files that are none are counted', async () => {
  const root = tree({ 'stray.png': '', 'cat/a.jfif': await jpeg(2, 2), 'cat/b.heic': '', 'boxes.csv': 'file\n' })
  assert.deepEqual((await openDataset(`folder:${root}`)).notes, [
    'left out 1: file that is no picture (cat/b.heic)',
    'left out 1: picture outside of the class folders (stray.png)',
  ])
})

test('boxes that were drawn on a picture of another size are scaled', async () => {
  const { boxes } = await boxesOf('file,width,height,xmin,ymin,xmax,ymax\ncat/b.jpg,40,20,2,2,20,10\n')
  assert.deepEqual(boxes, [[1, 1, 10, 5]])
})

test('where the pictures lie one level deeper, the error says where to start', async () => {
  const root = tree({ 'train/cat/a.jpg': await jpeg(2, 2), 'val/cat/a.jpg': await jpeg(2, 2) })
  await assert.rejects(
    openDataset(`folder:${root}`),
    /found none\. They are one level deeper: take folder:.*train, folder:.*val$/,
  )
})

const boxesOf = async (table: string) => {
  const root = tree({ 'cat/b.jpg': await jpeg(20, 10), 'dog/a.jpg': await jpeg(20, 10), 'boxes.csv': table })
  const dataset = await openDataset(`folder:${root}`)
  const { objects, notes } = await dataset.sample(0)
  return { boxes: objects.map(({ box }) => box), notes }
}

test('blank lines in boxes.csv and a byte order mark are no fault', async () => {
  const { boxes } = await boxesOf('\ufefffile,xmin,ymin,xmax,ymax\n\ncat/b.jpg,0,0,2,1\n\n  \n,,,,\n')
  assert.deepEqual(boxes, [[0, 0, 2, 1]])
})

test('where no number is above 1, boxes are shares of width and height', async () => {
  const { boxes } = await boxesOf('file,xmin,ymin,xmax,ymax\ncat/b.jpg,0.1,0.2,0.5,1\ndog/a.jpg,0,0,1,1\n')
  assert.deepEqual(boxes, [[2, 2, 10, 10]])
})

test('a box beyond the picture is clipped or left out, and its sample says so', async () => {
  const head = 'file,xmin,ymin,xmax,ymax\n'
  assert.deepEqual(await boxesOf(`${head}cat/b.jpg,-1,-1,9,9\n`), {
    boxes: [[0, 0, 9, 9]],
    notes: ['box reaches beyond the picture, clipped'],
  })
  assert.deepEqual(await boxesOf(`${head}cat/b.jpg,100,100,200,200\n`), {
    boxes: [],
    notes: ['box mostly outside the picture, left out'],
  })
})

test('what is no number is refused: units, other bases, nothing, infinity', async () => {
  for (const edge of ['1px', '0x5', '', '1e999', 'NaN', '1_0'])
    await assert.rejects(boxesOf(`file,xmin,ymin,xmax,ymax\ncat/b.jpg,0,0,2,${edge}\n`), {
      name: 'DatasetError',
      message: /boxes\.csv, row 1: expected file,xmin,ymin,xmax,ymax with an image .* and four numbers, got/,
    })
})

test('a table that is none is an error that names it', async () => {
  await assert.rejects(boxesOf('file,xmin\n"cat/b.jpg,0\n'), {
    name: 'DatasetError',
    message: /boxes\.csv: expected a table/,
  })
})
