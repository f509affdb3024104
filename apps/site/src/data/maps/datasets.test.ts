import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datasetSpec } from './datasets.ts'

test('bundled datasets are opened by their ids', () => {
  assert.equal(datasetSpec('icon-scenes', ''), 'icon-scenes')
})

test('what a record calls its dataset is never a place on this machine', () => {
  for (const id of ['ilsvrc:/etc', 'folder:/', '../../etc', 'voc:~']) assert.equal(datasetSpec(id, ''), null)
})

test('the builder of the site says where other datasets are', () => {
  const named = 'ilsvrc = ilsvrc:/data/ILSVRC ; voc=voc:/data/VOC?split=Main/test'
  assert.equal(datasetSpec('ilsvrc', named), 'ilsvrc:/data/ILSVRC')
  assert.equal(datasetSpec('voc', named), 'voc:/data/VOC?split=Main/test')
  assert.equal(datasetSpec('coco', named), null)
  assert.throws(() => datasetSpec('coco', 'coco'), /VITRINE_DATASETS: expected id=spec .*got "coco"/)
})
