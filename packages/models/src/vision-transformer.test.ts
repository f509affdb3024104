import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends'
import { input, interpret, program } from '@vitrine/tensor'
import { largestDifference, tinyReference } from './testing.ts'

const { model, core, images } = await tinyReference()
const backend = await openBackend('onnx', { threads: 1 })
after(() => backend.dispose())

test('logits of eight images agree with PyTorch within 1e-4 on ONNX Runtime', async () => {
  const batch = images([0, 1, 2, 3, 4, 5, 6, 7])
  const { logits } = model.transformer.trace(input('image', batch.shape))
  const executable = await backend.compile(program({ logits }), model.weights)
  const found = await executable.run({ image: batch })
  assert.ok(largestDifference(found.logits?.data ?? [], core.read('logits')) <= 1e-4)
})

test('tokens and attention of every block agree with PyTorch in float64', () => {
  const batch = images([0], 'float64')
  const { blocks } = model.transformer.trace(input('image', batch.shape))
  const taps = blocks.flatMap((block, l) => [
    [`tokens${l}`, block.output] as const,
    [`attention${l}`, block.attention] as const,
  ])
  const found = interpret(program(Object.fromEntries(taps)), { image: batch }, model.weights.get)
  for (const kind of ['tokens', 'attention']) {
    const expected = core.read(`${kind}@image0`)
    const size = expected.length / blocks.length
    blocks.forEach((_, l) => {
      const error = largestDifference(found[`${kind}${l}`]?.data ?? [], expected.subarray(l * size, (l + 1) * size))
      assert.ok(error < 1e-5, `${kind} of block ${l}: ${error}`)
    })
  }
})

test('the scores before softmax give the attention', () => {
  const batch = images([0], 'float64')
  const { blocks } = model.transformer.trace(input('image', batch.shape))
  const [first] = blocks
  assert(first)
  const found = interpret(
    program({ scores: first.scores, attention: first.attention }),
    { image: batch },
    model.weights.get,
  )
  const [scores, attention] = [found.scores?.data.subarray(0, 197) ?? [], found.attention?.data ?? []]
  const powers = Array.from(scores, Math.exp)
  const total = powers.reduce((a, b) => a + b, 0)
  powers.forEach((p, i) => {
    assert.ok(Math.abs(p / total - (attention[i] ?? 0)) < 1e-12)
  })
})
