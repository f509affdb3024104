import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { exportedModel, relativeError } from '@vitrine/models/testing'
import { type HostTensors, interpret } from '@vitrine/tensor'
import { batchOf } from './conformance/explain.ts'
import { explainers, resolveOptions, UnsupportedError } from './index.ts'
import { explanationProgram, inputsOf, type MethodChoice, onePassOf } from './run.ts'

// Models that are read from exported graphs alone: rotary positions and SwiGLU, relative positions, a query that pools, QuickGELU, windows.
const MODELS = {
  'timm-eva02': 'dynamo18-dynamic-eager',
  'timm-dinov3': 'ts17-dynamic-eager',
  'timm-beit': 'ts17-dynamic-eager',
  'timm-siglip': 'dynamo23-dynamic-sdpa',
  'hf-clip-classes': 'ts20-dynamic-sdpa',
  'timm-swin': 'ts17-dynamic-eager',
}

const IN_ONE_BLOCK = ['attention-gradcam', 'daam', 'grad-eclip', 'mean-attention', 'partial-lrp', 'raw-attention']
const ROLLED_OUT = [
  'attention-rollout',
  'generic-attention',
  'gmar',
  'gradient-rollout',
  'lrp-rollout',
  'rollout-per-head',
  'transformer-attribution',
]
const CHEFER = ['full-lrp', 'lrp-rollout', 'partial-lrp', 'transformer-attribution']

/** What each of them has no map of, by what stands in the way. */
const REFUSED: { readonly [M in keyof typeof MODELS]: Readonly<Record<string, readonly string[]>> } = {
  'timm-eva02': {
    'a gate: a product of two activations': [...CHEFER, 'cp-lrp', 'libragrad'],
    'SiLU and no GELU': ['deeplift'],
    'the mean of patches and no class token': ['vit-recipro-cam'],
  },
  'timm-dinov3': { 'the mean of patches and no class token': ['vit-recipro-cam'] },
  'timm-beit': { 'positions in the scores': ['vit-recipro-cam'] },
  'timm-siglip': {
    'a fixed query, that is a matrix on the left': CHEFER,
    'a GELU behind the pooling, in no block': ['deeplift'],
    'no class token': ['vit-recipro-cam'],
  },
  'hf-clip-classes': { 'a cosine at the end': ['deeplift'] },
  'timm-swin': {
    'attention within windows': [...IN_ONE_BLOCK, 'vit-recipro-cam'],
    'patches that are merged': [...ROLLED_OUT, 'agcam', 'attcat', 'full-lrp', 'legrad'],
  },
}

const TOLERANCE = { good: 1e-4, poor: 1e-2 }
const engines = await Promise.all([openBackend('onnx:cpu', { threads: 1 }), openBackend('tfjs:wasm')])
after(() => Promise.all(engines.map(engine => engine.dispose())))

const all = onePassOf(
  explainers.map(
    (explainer): MethodChoice => ({
      key: explainer.id,
      explainer,
      options: resolveOptions(explainer.id, explainer.options),
    }),
  ),
)

for (const [name, dialect] of Object.entries(MODELS))
  test(`${name}: engines agree with the interpreter on every one-pass method that explains it`, async t => {
    const { transformer, get } = await exportedModel(name, dialect)
    const isAble = (method: MethodChoice): boolean => {
      try {
        explanationProgram(transformer, [method], 1, 'given')
        return true
      } catch (error) {
        if (error instanceof UnsupportedError) return false
        throw error
      }
    }
    const able = all.filter(isAble)
    const refused = Object.values(REFUSED[name as keyof typeof MODELS]).flat()
    assert.deepEqual(
      all.filter(method => !able.includes(method)).map(({ key }) => key),
      refused.toSorted(),
    )
    const { program, draws } = explanationProgram(transformer, able, 2, 'given')
    const subject = { name, model: transformer, weights: get }
    const target = { shape: [2], data: Int32Array.of(3, 1) }
    const inputs: HostTensors = inputsOf(program, { ...batchOf(subject, [0, 1], draws), target })
    const expected = interpret(program, inputs, get)
    for (const engine of engines) {
      const executable = await engine.compile(program, { id: name, get })
      const found = await executable.run(inputs)
      await executable.dispose()
      for (const { key, explainer } of able) {
        const [map = [], expectedMap = []] = [found, expected].map(outputs => outputs[`map:${key}`]?.data)
        // The positive part of a map may be zero everywhere, on each engine.
        const isZero = Array.from(expectedMap).every(x => x === 0)
        const error = isZero ? Math.max(...Array.from(map, Math.abs)) : relativeError(map, expectedMap)
        t.diagnostic(`${engine.id} ${key} ${error.toExponential(1)}`)
        assert.ok(error <= TOLERANCE[explainer.conditioning], `${engine.id}, ${key}: ${error}`)
      }
    }
  })
