import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openModel, openSafetensors } from '@vitrine/models'
import { relativeError } from '@vitrine/models/testing'
import { interpret } from '@vitrine/tensor'
import { UnsupportedError } from './index.ts'
import { explanationProgram, type MethodChoice } from './run.ts'
import { choiceOf } from './testing-choice.ts'

// A Swin Transformer of two stages that is read from a checkpoint, explained in each of them.

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../models/fixtures/families/${name}`, import.meta.url))

const expected = openSafetensors(fixture('expected/swin-timm-gradcam.safetensors'))
const image = { shape: expected.shape('image'), data: expected.read('image') }
const target = { shape: [2], data: Int32Array.of(3, 3) }

async function mapOf(spec: string, choice: MethodChoice) {
  const { transformer, weights } = await openModel(fixture(spec))
  const { program } = explanationProgram(transformer, [choice], 2, 'given')
  return interpret(program, { image, target }, weights.get)[`map:${choice.key}`]
}

for (const [spec, stage] of [
  ['swin-timm', 2],
  ['swin-timm[stage=2]', 2],
  ['swin-timm[stage=1]', 1],
] as const)
  test(`${spec}: Grad-CAM is that of torch's derivatives in stage ${stage}, on its grid`, async () => {
    const map = await mapOf(spec, choiceOf('gradcam', { rectify: true }))
    assert.deepEqual(map?.shape, expected.shape(`stage ${stage}`))
    assert.ok(relativeError(map?.data ?? [], expected.read(`stage ${stage}`)) < 1e-6)
  })

test('a block of another stage than the one that is explained is refused with what to do', () =>
  assert.rejects(mapOf('swin-timm', choiceOf('gradcam', { layer: 0 })), {
    name: 'UnsupportedError',
    message: /expected a block with 16 tokens, for a map of 4 x 4, got one with 64/,
  }))

test('what must be linear in patches is defined where the first stage is explained', async () => {
  assert.deepEqual((await mapOf('swin-timm[stage=1]', choiceOf('full-lrp')))?.shape, [2, 8, 8])
  await assert.rejects(mapOf('swin-timm', choiceOf('full-lrp')), UnsupportedError)
})

for (const [spec, message] of [
  ['swin-timm', /its patches are merged on the way/],
  ['swin-timm[stage=1]', /stages follow behind stage 1/],
] as const)
  test(`${spec}: attention is not rolled out, with the reason`, () =>
    assert.rejects(mapOf(spec, choiceOf('attention-rollout')), { name: 'UnsupportedError', message }))
