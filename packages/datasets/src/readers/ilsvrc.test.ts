import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SampleError } from '../errors.ts'
import { openDataset } from '../open.ts'
import { addFiles, annotation, jpeg, tree } from '../testing/tree.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const mini = `ilsvrc:${fileURLToPath(new URL('ilsvrc-mini', fixtures))}`

/** Two synsets of ImageNet, the labels of which are 2 and 999 among all 1,000. */
const [shark, tissue] = ['n01484850', 'n15075141']

const small = async () => ({
  [`Data/CLS-LOC/val/${tissue}/ILSVRC2012_val_00000001.JPEG`]: await jpeg(8, 6),
  [`Data/CLS-LOC/val/${shark}/ILSVRC2012_val_00000002.jpeg`]: await jpeg(5, 4),
  'Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml': annotation([tissue, 1, 2, 7, 5]),
  'Annotations/CLS-LOC/val/ILSVRC2012_val_00000002.xml': annotation([shark, 0, 0, 4, 3], [shark, 1, 1, 2, 2]),
})

test('images have the pixels that Pillow decodes, in the order of their names', async () => {
  const expected: Record<string, { width: number; height: number; decoded: string }> = JSON.parse(
    readFileSync(new URL('ilsvrc-mini.json', fixtures), 'utf8'),
  )
  const dataset = await openDataset(mini)
  assert.equal(dataset.size, 32)
  for (const [i, [name, { width, height, decoded }]] of Object.entries(expected).entries()) {
    const { id, image } = await dataset.sample(i)
    assert.equal(id, `ilsvrc/${name}`)
    assert.deepEqual([image.width, image.height], [width, height])
    assert.equal(createHash('sha256').update(image.data).digest('hex'), decoded, name)
  }
})

test('boxes are those of the annotation, in pixels of the image', async () => {
  const { label, objects } = await (await openDataset(mini)).sample(4)
  assert.equal(label, 4)
  assert.deepEqual(objects, [
    { label: 4, box: [1, 106, 90, 229] },
    { label: 4, box: [120, 37, 218, 163] },
  ])
})

test('folders that are no synsets of ImageNet are classes in their own sorted order', async () => {
  const { classNames } = await openDataset(mini)
  assert.equal(classNames.length, 32)
  assert.deepEqual([classNames[0], classNames[31]], ['n90000001', 'n90000032'])
})

test('synsets of ImageNet have the labels of its 1,000 classes, however few are there', async () => {
  const dataset = await openDataset(`ilsvrc:${tree(await small())}`)
  assert.equal(dataset.classNames.length, 1000)
  assert.equal(
    dataset.classNames[2],
    'great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias',
  )
  const samples = [await dataset.sample(0), await dataset.sample(1)]
  assert.deepEqual(
    samples.map(({ label }) => label),
    [999, 2],
  )
  assert.deepEqual(samples[1]?.objects.length, 2)
})

test('a stray folder among synsets of ImageNet is an error, for it would shift the labels', async () => {
  const root = tree({ ...(await small()), 'Data/CLS-LOC/val/extra/a.jpeg': await jpeg(2, 2) })
  await assert.rejects(
    openDataset(`ilsvrc:${root}`),
    /expected synsets of ImageNet's 1,000 classes.*got 2 of them and extra/,
  )
})

const flat = async () => ({
  'val/ILSVRC2012_val_00000001.JPEG': await jpeg(8, 6),
  'val/ILSVRC2012_val_00000002.JPEG': await jpeg(5, 4),
  'Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml': annotation([tissue, 1, 2, 7, 5]),
  'Annotations/CLS-LOC/val/ILSVRC2012_val_00000002.xml': annotation([shark, 0, 0, 4, 3]),
})

const labelsOf = async (root: string) => {
  const dataset = await openDataset(`ilsvrc:${root}`)
  return Promise.all(Array.from({ length: dataset.size }, async (_, i) => (await dataset.sample(i)).label))
}

test("a flat folder takes its labels from Kaggle's table", async () => {
  const table = `ImageId,PredictionString\nILSVRC2012_val_00000002,${tissue} 1 2 3 4 \nILSVRC2012_val_00000001,${shark} 1 2 3 4 ${shark} 5 6 7 8\n`
  assert.deepEqual(await labelsOf(tree({ ...(await flat()), 'LOC_val_solution.csv': table })), [2, 999])
})

test('a flat folder takes its labels from the development kit', async () => {
  const kit = {
    'devkit/data/map_clsloc.txt': `${shark} 17 great_white_shark\n${tissue} 3 toilet_tissue\n`,
    'devkit/data/ILSVRC2012_validation_ground_truth.txt': '17\n3\n',
  }
  assert.deepEqual(await labelsOf(tree({ ...(await flat()), ...kit })), [2, 999])
})

for (const file of ['ilsvrc-meta.mat', 'ilsvrc-meta-plain.mat'])
  test(`a flat folder takes its labels from the kit's MATLAB file (${file})`, async () => {
    const kit = {
      'ILSVRC2012_devkit_t12/data/meta.mat': readFileSync(new URL(`../../fixtures/${file}`, import.meta.url)),
      'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt': '2\n1\n',
    }
    // English setter and kit fox among the 1,000 sorted synsets.
    assert.deepEqual(await labelsOf(tree({ ...(await flat()), ...kit })), [212, 278])
  })

test('a flat folder without either takes its labels from the annotations', async () => {
  assert.deepEqual(await labelsOf(tree(await flat())), [999, 2])
})

test('a broken image, a missing and a broken annotation cost one sample each', async () => {
  const root = tree(await small())
  const synset = `Data/CLS-LOC/val/${shark}`
  const [third, fourth, fifth] = ['ILSVRC2012_val_00000003', 'ILSVRC2012_val_00000004', 'ILSVRC2012_val_00000005']
  const whole = await jpeg(40, 40)
  addFiles(root, {
    [`${synset}/${third}.JPEG`]: whole.subarray(0, 400),
    [`Annotations/CLS-LOC/val/${third}.xml`]: annotation([shark, 0, 0, 4, 3]),
    [`${synset}/${fourth}.JPEG`]: whole,
    [`${synset}/${fifth}.JPEG`]: whole,
    [`Annotations/CLS-LOC/val/${fifth}.xml`]: annotation([shark, 9, 0, 4, 3]),
  })
  const dataset = await openDataset(`ilsvrc:${root}`)
  assert.equal(dataset.size, 5)
  for (const i of [0, 1]) assert.equal((await dataset.sample(i)).objects.length, i + 1)
  for (const [i, reason] of [
    [2, /VipsJpeg|jpeg|JPEG/],
    [3, /^Annotations\/CLS-LOC\/val\/ILSVRC2012_val_00000004\.xml: expected a file, found none$/],
    [4, /expected a box \[xmin, ymin, xmax, ymax\], got \[9, 0, 4, 3\]/],
  ] as const) {
    const error = await dataset.sample(i).catch((e: unknown) => e)
    assert(error instanceof SampleError)
    assert.deepEqual([error.id, error.label], [`ilsvrc/ILSVRC2012_val_0000000${i + 1}`, 2])
    assert.match(error.problem, reason)
  }
})

test('a root of another layout is an error that says what is there', async () => {
  await assert.rejects(openDataset(`ilsvrc:${tree({ 'train/a/b.jpg': '' })}`), {
    name: 'DatasetError',
    message: /ilsvrc: expected a folder Data\/CLS-LOC\/val or val in .*, but it holds train$/,
  })
  await assert.rejects(openDataset('ilsvrc:/no/such/place'), /but there is no such folder: \/no\/such\/place$/)
})

test('the hash depends on labels, boxes, names and sizes, and not on the place or the time', async () => {
  const files = await small()
  const first = tree(files)
  const hashOf = async (root: string) => (await openDataset(`ilsvrc:${root}`)).hash
  const hash = await hashOf(first)
  const copy = tree(files)
  utimesSync(join(copy, Object.keys(files)[0] ?? ''), 1, 1)
  assert.equal(await hashOf(copy), hash)

  addFiles(copy, { 'Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml': annotation([tissue, 1, 2, 7, 6]) })
  assert.notEqual(await hashOf(copy), hash)
  const resized = tree({ ...files, [`Data/CLS-LOC/val/${tissue}/ILSVRC2012_val_00000001.JPEG`]: await jpeg(8, 7) })
  assert.notEqual(await hashOf(resized), hash)
  renameSync(join(first, `Data/CLS-LOC/val/${tissue}`), join(first, 'Data/CLS-LOC/val/n01440764'))
  assert.notEqual(await hashOf(first), hash)
  rmSync(join(first, `Data/CLS-LOC/val/${shark}`), { recursive: true })
  assert.notEqual(await hashOf(first), await hashOf(copy))
})

test("Kaggle's top folder is read, with its table beside the folder ILSVRC", async () => {
  const files = Object.fromEntries(
    Object.entries(await flat()).map(([name, bytes]) => [
      `ILSVRC/${name.startsWith('val') ? 'Data/CLS-LOC/' : ''}${name}`,
      bytes,
    ]),
  )
  const table = `ImageId,PredictionString\nILSVRC2012_val_00000001,${shark} 1 2 3 4\nILSVRC2012_val_00000002,${tissue} 1 2 3 4\n\n`
  const root = tree({ ...files, 'LOC_val_solution.csv': table })
  assert.deepEqual(await labelsOf(root), [2, 999])
  assert.equal((await (await openDataset(`ilsvrc:${root}`)).sample(0)).objects.length, 1)
})

const kit = (lines: string) => ({
  'devkit/data/map_clsloc.txt': `${shark} 17 great_white_shark\n${tissue} 3 toilet_tissue\n`,
  'devkit/data/ILSVRC2012_validation_ground_truth.txt': lines,
})

test('a part of the pictures takes its labels from the lines of the kit that their names number', async () => {
  const files = await flat()
  delete (files as Record<string, unknown>)['val/ILSVRC2012_val_00000001.JPEG']
  assert.deepEqual(await labelsOf(tree({ ...files, ...kit('17\n3\n17\n') })), [999])
})

test('a picture of which no source knows the label is left out and named', async () => {
  const dataset = await openDataset(`ilsvrc:${tree({ ...(await flat()), ...kit('17\n99\n') })}`)
  assert.equal(dataset.size, 1)
  assert.match(dataset.notes?.join() ?? '', /left out 1: no label in .* \(ILSVRC2012_val_00000002\.JPEG\)/)
})

test('a tree without annotations is an error that says how its pictures are read without boxes', async () => {
  const root = tree({ [`val/${shark}/a.JPEG`]: await jpeg(2, 2) })
  await assert.rejects(
    openDataset(`ilsvrc:${root}`),
    /expected a folder Annotations\/CLS-LOC\/val.*Pictures without boxes are read as folder:.*\/val$/,
  )
})

test('a broken annotation costs its own picture, also where annotations tell the labels', async () => {
  for (const broken of ['', '<annotation><source>a & b</source></annotation>', '<annotation>']) {
    const xml = { 'Annotations/CLS-LOC/val/ILSVRC2012_val_00000002.xml': broken }
    const dataset = await openDataset(`ilsvrc:${tree({ ...(await flat()), ...xml })}`)
    assert.equal(dataset.size, 1)
    assert.match(dataset.notes?.join() ?? '', /left out 1: .* \(ILSVRC2012_val_00000002/)
  }
})

test('an empty folder among synsets of ImageNet is no class', async () => {
  const dataset = await openDataset(`ilsvrc:${tree({ ...(await small()), 'Data/CLS-LOC/val/extra/read-me.txt': '' })}`)
  assert.equal(dataset.classNames.length, 1000)
  assert.deepEqual(dataset.notes, ['left out 1: folder without pictures (extra)'])
})
