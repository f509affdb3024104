import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openModel } from '@vitrine/models'
import { meanColour } from './mean-colour.ts'

const deit = { id: 'deit', name: 'DeiT', hash: 'a'.repeat(64), classes: 1000 }

test("pixels taken away have the mean of the model's preprocessing, as its record says it", async () => {
  // The mean of ImageNet is not mid grey.
  assert.deepEqual(await meanColour({ ...deit, details: { mean: [0.485, 0.456, 0.406] } }), [124, 116, 104])
})

test('a bundled model is asked where the record does not say it, if it has the same weights', async () => {
  const { id, name, hash } = await openModel('icon-vit')
  assert.deepEqual(await meanColour({ id, name, hash, classes: 32 }), [128, 128, 128])
  assert.equal(await meanColour({ id, name, hash: 'b'.repeat(64), classes: 32 }), null)
})

test('what is unknown or no colour is no colour', async () => {
  assert.equal(await meanColour(deit), null)
  assert.equal(await meanColour({ ...deit, details: { mean: ['<b>', 2, -1] } }), null)
})
