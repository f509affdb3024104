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

for (const name of ['swin-timm', 'swinv2-timm'])
  for (const stage of [1, 2])
    for (const options of [{}, { startLayer: 1 }, { startLayer: 3 }])
      test(`${name}[stage=${stage}]: rollout through windows ${JSON.stringify(options)} is the product of whole matrices, on the stage's grid`, async () => {
        const expected = openSafetensors(fixture(`expected/${name}-rollout.safetensors`))
        const { startLayer } = { startLayer: 0, ...options }
        const whole = expected.read(startLayer === 0 ? 'mean' : `startLayer=${startLayer}`)
        const map = await mapOf(
          `${name}[stage=${stage}]`,
          choiceOf('attention-rollout', { windows: 'join', ...options }),
        )
        // Each cell of the second stage is the sum of four of the first.
        const side = 8 / stage
        const wanted = new Float64Array(2 * side * side)
        for (let i = 0; i < whole.length; i++) {
          const [image, row, column] = [Math.floor(i / 64), Math.floor((i % 64) / 8), i % 8]
          const cell = (image * side + Math.floor(row / stage)) * side + Math.floor(column / stage)
          wanted[cell] = (wanted[cell] ?? 0) + (whole[i] ?? 0)
        }
        assert.deepEqual(map?.shape, [2, side, side])
        assert.ok(relativeError(map?.data ?? [], wanted) < 1e-6)
      })

test('rollout through windows on another model is rollout, and a block that is not there is refused', async () => {
  const [plain, joined] = await Promise.all(
    [{}, { windows: 'join' }].map(options => mapOf('siglip-timm', choiceOf('attention-rollout', options))),
  )
  assert.deepEqual(joined?.data, plain?.data)
  await assert.rejects(mapOf('swin-timm', choiceOf('attention-rollout', { windows: 'join', startLayer: 4 })), {
    name: 'UnsupportedError',
    message: /startLayer: expected less than 4, got 4/,
  })
})
