import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import type { Dataset } from '../dataset.ts'
import { SampleError } from '../errors.ts'
import { openDataset } from '../open.ts'
import { annotation, jpeg, painted, tree } from '../testing/tree.ts'

const MiB = 2 ** 20

/** What reading takes, of time in seconds and of memory beyond what was there. */
async function costOf(work: () => Promise<unknown>): Promise<{ seconds: number; mebibytes: number }> {
  globalThis.gc?.()
  const [rss, start] = [process.memoryUsage.rss(), performance.now()]
  let most = rss
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 5)
  await work()
  clearInterval(watch)
  most = Math.max(most, process.memoryUsage.rss())
  return { seconds: (performance.now() - start) / 1000, mebibytes: (most - rss) / MiB }
}

/** Refusing must be cheap: the limits are far above what it takes, and far below what a bomb would. */
async function expectCheap(work: () => Promise<unknown>): Promise<void> {
  const { seconds, mebibytes } = await costOf(work)
  assert.ok(seconds < 10 && mebibytes < 1024, `${seconds.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB`)
}

async function problemOf(dataset: Dataset, index = 0): Promise<string> {
  const error = await dataset.sample(index).catch((e: unknown) => e)
  assert.ok(error instanceof SampleError, String(error))
  return error.problem
}

/** A white PNG of one bit a pixel. */
function whitePng(width: number, height: number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 1
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

test('six PNGs of 256 million pixels in a few kilobytes are refused by their size', async () => {
  const png = whitePng(16_000, 16_000)
  assert.ok(png.length < 64 * 1024)
  const dataset = await openDataset(
    `folder:${tree(Object.fromEntries([0, 1, 2, 3, 4, 5].map(i => [`cat/${i}.png`, png])))}`,
  )
  await expectCheap(async () => {
    const problems = await Promise.all([0, 1, 2, 3, 4, 5].map(i => problemOf(dataset, i)))
    for (const problem of problems)
      assert.match(problem, /cat\/\d\.png: expected at most 89,478,485 pixels, got 16000 x 16000\. Make it smaller/)
  })
})

test('an SVG is no picture, whatever its name, and neither are PDF, BMP and HEIC', async () => {
  const svg = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><filter id="f">${'<feMorphology radius="9"/>'.repeat(50)}</filter></svg>`
  const other = {
    'cat/a.png': svg,
    'cat/b.jpg': svg,
    'cat/c.png': `﻿  ${svg}`,
    'cat/d.png': '%PDF-1.7',
    'cat/e.png': 'BM',
    'cat/f.png': Buffer.from('000000186674797068656963', 'hex'),
  }
  const dataset = await openDataset(`folder:${tree(other)}`)
  assert.equal(dataset.size, 6)
  for (let i = 0; i < 6; i++)
    assert.match(
      await problemOf(dataset, i),
      /expected an image in JPEG, PNG, GIF, WebP, TIFF, AVIF, found another kind/,
    )
})

test('a FIFO in the place of a picture costs its sample, at once', {
  skip: process.platform === 'win32',
}, async () => {
  const root = tree({ 'cat/a.jpg': await jpeg(2, 2) })
  execFileSync('mkfifo', [join(root, 'cat/b.jpg')])
  const dataset = await openDataset(`folder:${root}`)
  await expectCheap(async () => {
    assert.equal(await problemOf(dataset, 1), 'cat/b.jpg: expected a regular file, found a pipe or a device')
  })
})

test('a FIFO in the place of a table is refused at once', { skip: process.platform === 'win32' }, async () => {
  const root = tree({ 'JPEGImages/a.jpg': '', 'Annotations/a.xml': '' })
  mkdirSync(join(root, 'ImageSets/Main'), { recursive: true })
  execFileSync('mkfifo', [join(root, 'ImageSets/Main/val.txt')])
  await assert.rejects(openDataset(`voc:${root}`), /expected the file .*ImageSets\/Main\/val\.txt/)
})

/** A tree of ILSVRC whose classes are in a MATLAB file of these bytes behind the header. */
function withMatlab(contents: Buffer): string {
  const header = Buffer.alloc(128, ' ')
  header.write('MATLAB 5.0 MAT-file')
  header.writeUInt16LE(0x0100, 124)
  header.write('IM', 126)
  const kit = 'ILSVRC2012_devkit_t12/data'
  return tree({
    'val/ILSVRC2012_val_00000001.JPEG': '',
    'Annotations/val/ILSVRC2012_val_00000001.xml': '',
    [`${kit}/meta.mat`]: Buffer.concat([header, contents]),
    [`${kit}/ILSVRC2012_validation_ground_truth.txt`]: '1\n',
  })
}

const element = (type: number, data: Buffer) => {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data])
}

for (const [what, inflated, limit] of [
  ['empty elements', Buffer.alloc(15 * MiB), /expected at most 500,000 elements/],
  ['zeros', Buffer.alloc(220 * MiB), /expected at most 16 MiB of variables/],
] as const)
  test(`a .mat of ${what} in a few kilobytes is refused by its size`, async () => {
    const root = withMatlab(element(15, deflateSync(element(14, inflated))))
    await expectCheap(() => assert.rejects(openDataset(`ilsvrc:${root}`), limit))
  })

test('a .mat whose structures say that they are a billion is refused', async () => {
  const int32 = (...values: number[]) => element(5, Buffer.from(Int32Array.from(values).buffer))
  const matrix = Buffer.concat([
    element(6, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])),
    int32(1, 1_000_000_000),
    element(1, Buffer.alloc(0)),
    int32(4, 0),
    element(1, Buffer.from('WNID')),
  ])
  const root = withMatlab(element(14, matrix))
  await expectCheap(() => assert.rejects(openDataset(`ilsvrc:${root}`), /0 values for 1000000000 structures/))
})

const coco = async (annotations: readonly object[], pictures: readonly object[] = [{ id: 1, file_name: 'a.jpg' }]) =>
  tree({
    'val2017/a.jpg': await jpeg(640, 480),
    'annotations/instances_val2017.json': JSON.stringify({
      images: pictures,
      categories: [{ id: 1, name: 'cat' }],
      annotations: annotations.map(annotation => ({ image_id: 1, category_id: 1, ...annotation })),
    }),
  })

const star = (points: number) =>
  Array.from({ length: points }, (_, i) =>
    i % 2 === 0 ? [(i * 640) / points, 0] : [640 - (i * 640) / points, 480],
  ).flat()

test('a polygon of 20,000 points across the picture is read at once, one of 300,000 is refused', async () => {
  const dataset = await openDataset(`coco:${await coco([{ segmentation: [star(20_000)] }])}`)
  await expectCheap(async () => assert.ok((await dataset.sample(0)).objects[0]?.mask?.includes(1)))
  const larger = await openDataset(`coco:${await coco([{ segmentation: [star(300_000)] }])}`)
  await expectCheap(async () => {
    assert.match(await problemOf(larger), /expected at most 200,000 points in an object's polygons, got 300,000/)
  })
})

test('runs and annotated sizes that say that they are huge cost nothing', async () => {
  const size = [480_000, 640_000]
  const huge = await openDataset(
    `coco:${await coco([{ segmentation: { counts: [1, 2], size } }], [{ id: 1, file_name: 'a.jpg', width: 1e9, height: 1e9 }])}`,
  )
  await expectCheap(async () => {
    assert.match(await problemOf(huge), /expected runs of at most 89,478,485 pixels, got 640000 x 480000/)
  })
})

test('a table of boxes with 100,000 rows of one image is read in time', async () => {
  const root = tree({ 'cat/a.jpg': await jpeg(20, 20) })
  const row = 'cat/a.jpg,1,1,9,9\n'
  writeFileSync(join(root, 'boxes.csv'), `file,xmin,ymin,xmax,ymax\n${row.repeat(100_000)}`)
  await expectCheap(async () => {
    assert.equal((await (await openDataset(`folder:${root}`)).sample(0)).objects.length, 100_000)
  })
})

test('an annotation of more than 4 MiB is refused, and the message is short', async () => {
  const root = tree({
    'JPEGImages/a.jpg': await jpeg(4, 3),
    'JPEGImages/b.jpg': await jpeg(4, 3),
    'ImageSets/Main/val.txt': 'a\nb\n',
    'Annotations/a.xml': annotation(['cat', 1, 1, 3, 3]),
    'Annotations/b.xml': `<annotation><object><name>${'x'.repeat(5 * MiB)}</name></object></annotation>`,
  })
  const { size, notes = [] } = await openDataset(`voc:${root}`)
  assert.equal(size, 1)
  assert.match(notes.join(), /left out 1: annotation that cannot be read \(b\.xml: expected at most 4 MiB/)
  assert.ok(notes.join().length < 300)
})

test('a symbolic link that leads to itself is no folder', async () => {
  const root = tree({ 'cat/a.png': await painted([[1]]) })
  execFileSync('ln', ['-s', 'loop', join(root, 'loop')])
  assert.equal((await openDataset(`folder:${root}`)).size, 1)
})
