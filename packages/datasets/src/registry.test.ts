import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatasetError } from './errors.ts'
import { datasetIds, openDataset } from './registry.ts'

test('every id opens the dataset of that id', async () => {
  for (const id of datasetIds) assert.equal((await openDataset(id)).id, id)
})

test('an unknown id is an error that lists the known ones', async () => {
  await assert.rejects(openDataset('toString'), DatasetError)
  await assert.rejects(openDataset('cifar'), {
    message:
      '[vitrine] [datasets] openDataset: expected one of icon-scenes, icon-scenes-pairs, icon-scenes-shifted, got "cifar"',
  })
})
