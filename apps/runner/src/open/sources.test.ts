import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { datasetIds } from '@vitrine/datasets'
import sharp from 'sharp'
import { fromHere } from '../cli/arguments.ts'
import { chooseDatasets, chooseModels, openSources } from './sources.ts'

const mini = `ilsvrc:${fileURLToPath(new URL('../../../../packages/datasets/fixtures/ilsvrc-mini', import.meta.url))}`
const options = { seed: 0, images: 1 }

test('datasets are ids and kinds with paths, which become absolute', () => {
  assert.deepEqual(chooseDatasets('all'), [...datasetIds])
  assert.deepEqual(chooseDatasets('icon-scenes,voc:data/VOC?split=Main/test, icon-scenes'), [
    'icon-scenes',
    `voc:${fromHere('data/VOC')}?split=Main/test`,
  ])
  assert.throws(
    () => chooseDatasets('ilsvcr'),
    /unknown dataset "ilsvcr"\. Did you mean "ilsvrc:PATH"\? Known: icon-scenes/,
  )
  assert.throws(() => chooseDatasets(''), /expected at least one dataset/)
})

test('models are names, places and files', () => {
  assert.deepEqual(chooseModels('icon-vit,hf:google/vit'), ['icon-vit', 'hf:google/vit'])
  assert.deepEqual(chooseModels('icon-vit', ['a.pth']), [fromHere('a.pth')])
  assert.throws(() => chooseModels('icon-vt'), /unknown model "icon-vt"\. Did you mean "icon-vit"/)
})

test('models and datasets that fit each other are opened', async () => {
  const { models, datasets } = await openSources(['icon-vit'], ['icon-scenes', mini], options)
  assert.deepEqual(
    models.map(({ id }) => id),
    ['icon-vit'],
  )
  assert.deepEqual(
    [...datasets.values()].map(({ id }) => id),
    ['icon-scenes', 'ilsvrc'],
  )
})

test('too few images, classes that the model does not know, and one id twice are errors', async () => {
  const root = mkdtempSync(join(tmpdir(), 'vitrine-sources-'))
  after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'zebu'))
  const png = sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } }).png()
  writeFileSync(join(root, 'zebu/a.png'), await png.toBuffer())
  await assert.rejects(openSources(['icon-vit'], [mini], { ...options, images: 33 }), {
    message: '--images: ilsvrc has 32 images, got 33',
  })
  await assert.rejects(
    openSources(['icon-vit'], [`folder:${root}`], options),
    /has 1 classes \(zebu\) and icon-vit has 32/,
  )
  await assert.rejects(
    openSources(['icon-vit'], [mini, `${mini}/../ilsvrc-mini`], options),
    /two datasets are called "ilsvrc"/,
  )
})
