import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyReference } from '@vitrine/models/testing'
import { input, interpret, program } from '@vitrine/tensor'
import { reordered } from './reordered.ts'

test('a classifier in another order is the same function', async () => {
  const { model, images } = await tinyReference()
  const { logits } = model.transformer.trace(input('image', model.transformer.imageShape(1)))
  const [own, other] = [model.weights, reordered(model, 1)].map(weights => ({
    logits: interpret(program({ logits }), { image: images([0], 'float64') }, weights.get).logits?.data ?? [],
    weights,
  }))
  assert.ok(own && other && own.logits.length === 10)
  for (const [i, logit] of own.logits.entries()) assert.ok(Math.abs(logit - (other.logits[i] ?? Number.NaN)) <= 1e-12)
  for (const name of ['blocks.1.mlp.fc1.weight', 'blocks.1.mlp.fc2.weight', 'patch_embed.proj.weight', 'cls_token'])
    assert.notDeepEqual(other.weights.get(name).data, own.weights.get(name).data, name)
})
