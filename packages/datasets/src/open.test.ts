import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { DatasetError } from './errors.ts'
import { datasetIds, openDataset, resolveDatasetSpec } from './open.ts'

test('every id opens the dataset of that id', async () => {
  for (const id of datasetIds) assert.equal((await openDataset(id)).id, id)
})

test('an unknown id is an error that lists the known ones', async () => {
  await assert.rejects(openDataset('toString'), DatasetError)
  for (const spec of ['cifar', 'cifar:/data', 'voc:', 'constructor:/data']) {
    await assert.rejects(openDataset(spec), {
      message: `[vitrine] [datasets] openDataset: expected icon-scenes, icon-scenes-pairs, icon-scenes-shifted, or KIND:PATH with one of coco, cub, folder, ilsvrc, imagenet-s, imagenet-segmentation, voc, got "${spec}"`,
    })
  }
})

test('a resolved spec means the same in another working folder', () => {
  assert.equal(
    resolveDatasetSpec('voc:data/VOC2012?split=Main/test', '/home/me'),
    `voc:${resolve('/home/me/data/VOC2012')}?split=Main/test`,
  )
  assert.equal(resolveDatasetSpec('folder:~/photos', '/srv'), `folder:${join(homedir(), 'photos')}`)
  assert.equal(resolveDatasetSpec('icon-scenes', '/srv'), 'icon-scenes')
})
