import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { constant, input, interpret, program, type Tensor } from '@vitrine/tensor'
import { largestDifference, tinyReference } from '../testing.ts'
import type { VisionTransformerConfig } from './config.ts'
import { visionTransformer } from './vision-transformer.ts'

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

/** Logits of the first images with the patches of each pass chosen, in float64. */
function logitsOf(count: number, chosen: readonly (readonly number[])[]): number[] {
  const batch = images(
    Array.from({ length: count }, (_, i) => i),
    'float64',
  )
  const patches: Tensor = input('patches', [chosen.length, chosen[0]?.length ?? 0], 'int')
  const { logits } = model.transformer.trace(input('image', batch.shape), { patches })
  const given = { shape: patches.shape, data: Int32Array.from(chosen.flat()) }
  return Array.from(
    interpret(program({ logits }), { image: batch, patches: given }, model.weights.get).logits?.data ?? [],
  )
}

const everyPatch = Array.from({ length: 196 }, (_, i) => i)

test('keeping every patch, in any order, is the plain forward pass', () => {
  const expected = core.read('logits').subarray(0, 20)
  assert.ok(largestDifference(logitsOf(2, [everyPatch, everyPatch.toReversed()]), expected) < 1e-5)
})

test('subsets of one image are what the image gives for each subset alone', () => {
  const [one, other] = [everyPatch.slice(0, 30), everyPatch.slice(100, 130)]
  const together = logitsOf(1, [one, other])
  assert.ok(largestDifference(together, [...logitsOf(1, [one]), ...logitsOf(1, [other])]) < 1e-12)
  assert.ok(largestDifference(together.slice(0, 10), together.slice(10)) > 1e-3)
})

test('patches that are not one list for each pass are refused', () => {
  const image = input('image', model.transformer.imageShape(2))
  const patches = constant([0, 1, 2], [3])
  assert.throws(() => model.transformer.trace(image, { patches }), /patches: expected \[2, kept\], got \[3\]/)
})

test('context and projected values are the two sides of the output projection', () => {
  const batch = images([0], 'float64')
  const [block] = model.transformer.trace(input('image', batch.shape)).blocks
  assert(block)
  const { projectedValue, attentionOutput, context, value } = block
  const found = interpret(
    program({ projectedValue, attentionOutput, context, value }),
    { image: batch },
    model.weights.get,
  )
  const at = (name: string, i: number) => found[name]?.data[i] ?? Number.NaN
  const bias = model.weights.get('blocks.0.attn.proj.bias').data
  const weight = model.weights.get('blocks.0.attn.proj.weight').data
  // Token 0, channel 5: the projection of what the heads read.
  const fromContext = Array.from({ length: 48 }, (_, c) => at('context', c) * (weight[5 * 48 + c] ?? 0))
  const total = fromContext.reduce((a, b) => a + b, 0) + (bias[5] ?? 0)
  assert.ok(Math.abs(total - at('attentionOutput', 5)) < 1e-12)
  // Token 7, channel 5: the sum over heads h and their channels d of value[h, 7, d] * weight[5, 16 h + d].
  const projected = Array.from(
    { length: 48 },
    (_, c) => at('value', Math.floor(c / 16) * 197 * 16 + 7 * 16 + (c % 16)) * (weight[5 * 48 + c] ?? 0),
  ).reduce((a, b) => a + b, 0)
  assert.ok(Math.abs(projected - at('projectedValue', 7 * 48 + 5)) < 1e-12)
})

const small: VisionTransformerConfig = {
  imageSize: { height: 8, width: 8 },
  patchSize: { height: 4, width: 4 },
  width: 8,
  depth: 1,
  heads: 2,
  mlpWidth: 16,
  classes: 3,
  layerNormEpsilon: 1e-6,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  head: { kind: 'texts', scale: 7 },
}

for (const [name, config] of Object.entries({
  'a class token and a projection': { ...small, projection: 5 },
  'the mean of patches, normalised behind it': {
    ...small,
    pooling: 'patch-mean',
    finalNorm: 'pooled',
    prefixTokens: [],
  },
} satisfies Record<string, VisionTransformerConfig>))
  test(`a token's cosines are the logits of a head that reads it alone, without their scale: ${name}`, () => {
    const { tokenCosines, head, parameterShapes } = visionTransformer(config)
    const tokens = input('tokens', [2, 1, 8])
    const outputs = program({ cosines: tokenCosines(tokens), logits: head(tokens) })
    const numbers = (shape: readonly number[], phase: number) => ({
      shape,
      data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(3 * i + phase)),
    })
    const found = interpret(outputs, { tokens: numbers([2, 1, 8], 1) }, name =>
      numbers(parameterShapes.get(name) ?? [], name.length),
    )
    const logits = Array.from(found.cosines?.data ?? [], x => 7 * x)
    assert.equal(logits.length, 6)
    assert.ok(largestDifference(logits, found.logits?.data ?? []) < 1e-12)
  })

test('heads that read no single token, or have no vectors, compare no tokens', () => {
  for (const [config, reason] of [
    [{ ...small, pooling: 'attention', prefixTokens: [] }, /a query of its own/],
    [{ ...small, pooling: 'class-and-patch-mean' }, /two tokens at once/],
    [{ ...small, head: { kind: 'linear' } }, /no vectors/],
  ] satisfies readonly (readonly [VisionTransformerConfig, RegExp])[]) {
    const { can, tokenCosines } = visionTransformer(config)
    assert.match(String(can['text-head']), reason)
    assert.throws(() => tokenCosines(input('tokens', [1, 4, 8])), { name: 'ModelError', message: reason })
  }
})
