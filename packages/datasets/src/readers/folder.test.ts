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
