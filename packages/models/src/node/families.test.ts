import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBackend } from '@vitrine/backends/node'
import { add, eye, input, interpret, matmul, mean, program, reshape, sliceAxis, type Tensor } from '@vitrine/tensor'
import { type ExplainableModel, openModel } from '../index.ts'
import { imageBatch, largestDifference } from '../testing.ts'
import { openSafetensors } from './tensor-file.ts'

const backend = await openBackend('onnx', { threads: 1 })
after(() => backend.dispose())

const FAMILIES: Readonly<Record<string, { family: string; prefix: readonly string[]; pooling: string }>> = {
  vit: { family: 'ViT', prefix: ['class'], pooling: 'class' },
  'deit-distilled': { family: 'DeiT', prefix: ['class', 'distillation'], pooling: 'class-and-distillation' },
  dinov2: { family: 'DINOv2', prefix: ['class'], pooling: 'class-and-patch-mean' },
  'dinov2-registers': {
    family: 'DINOv2 with registers',
    prefix: ['class', 'register', 'register', 'register', 'register'],
    pooling: 'class-and-patch-mean',
  },
}

/** Mean over heads: `[batch, heads, tokens, tokens]` to `[batch, tokens, tokens]`. */
const fused = (attention: Tensor): Tensor => {
  const [batch = 1, , tokens = 1] = attention.shape
  return reshape(mean(attention, [1]), [batch, tokens, tokens])
}

/** What the class token has of each patch: row 0 of `[batch, tokens, tokens]`, the prefix dropped. */
const patchesOf = ({ prefix }: ExplainableModel, matrix: Tensor): Tensor =>
  sliceAxis(sliceAxis(matrix, 1, 0, 1), 2, prefix, matrix.shape[2] ?? 0)

for (const [name, { family, prefix, pooling }] of Object.entries(FAMILIES)) {
  const folder = fileURLToPath(new URL(`../../fixtures/hf/${name}`, import.meta.url))

  test(`${name}: geometry is recognised`, async () => {
    const { transformer, ...model } = await openModel(folder)
    assert.equal(model.family, family)
    assert.deepEqual(transformer.prefixTokens, prefix)
    assert.equal(transformer.prefix, prefix.length)
    assert.equal(transformer.pooling, pooling)
    assert.deepEqual(model.fit, {
      mode: 'squash',
      size: transformer.input.imageSize,
      filter: 'bilinear',
      margin: 'down',
    })
    assert.deepEqual(transformer.input.mean, [0.485, 0.456, 0.406])
  })

  test(`${name}: logits, rollout and the last attention are Hugging Face's`, async () => {
    const model = await openModel(folder)
    const { transformer } = model
    const expected = openSafetensors(`${folder}/expected.safetensors`)
    const batch = imageBatch(model, openSafetensors(`${folder}/images.safetensors`).read('images'), [0, 1, 2])
    const { logits, blocks } = transformer.trace(input('image', batch.shape))
    const attentions = blocks.map(block => fused(block.attention))
    // Abnar & Zuidema 2020: the product of (A + I) / 2; with L blocks the halves make 2^-L.
    const products = attentions.map(a => add(a, eye(a.shape[1] ?? 0))).reduceRight((all, a) => matmul(all, a))
    const executable = await backend.compile(
      program({
        logits,
        rollout: patchesOf(transformer, products),
        last: patchesOf(transformer, attentions.at(-1) ?? logits),
      }),
      model.weights,
    )
    const found = await executable.run({ image: batch })
    const rollout = Array.from(found.rollout?.data ?? [], x => x * 2 ** -blocks.length)
    assert.ok(largestDifference(found.logits?.data ?? [], expected.read('logits')) <= 1e-4)
    assert.ok(largestDifference(rollout, expected.read('attention-rollout')) <= 1e-6)
    assert.ok(largestDifference(found.last?.data ?? [], expected.read('attention-last')) <= 1e-6)
  })
}

const otherSizes = openSafetensors(fileURLToPath(new URL('../../fixtures/hf/other-sizes.safetensors', import.meta.url)))

for (const name of otherSizes.names.filter(own => own.endsWith(' image'))) {
  const [model = '', size = ''] = name.split(' ')
  test(`${model} at ${size}: positions are interpolated as Hugging Face does`, async () => {
    const folder = fileURLToPath(new URL(`../../fixtures/hf/${model}`, import.meta.url))
    const { transformer, weights } = await openModel(`${folder}[size=${size}]`)
    const image = { shape: otherSizes.shape(name), data: otherSizes.read(name) }
    const { logits } = transformer.trace(input('image', image.shape))
    const found = interpret(program({ logits }), { image }, weights.get)
    const expected = otherSizes.read(`${model} ${size} logits`)
    assert.ok(largestDifference(found.logits?.data ?? [], expected) <= 1e-5)
  })
}
