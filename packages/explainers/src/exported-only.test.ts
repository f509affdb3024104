import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { exportedModel, relativeError } from '@vitrine/models/testing'
import { type HostTensors, interpret } from '@vitrine/tensor'
import { batchOf } from './conformance/explain.ts'
import { explainers, isForTexts, UnsupportedError } from './index.ts'
import { explanationProgram, inputsOf, type MethodChoice, onePassOf } from './run.ts'
import { choiceOf } from './testing-choice.ts'

// Models that are read from exported graphs alone: rotary positions and SwiGLU, relative positions, a query that pools, QuickGELU, windows, convolutions.
const MODELS = {
  'timm-eva02': 'dynamo18-dynamic-eager',
  'timm-dinov3': 'ts17-dynamic-eager',
  'timm-beit': 'ts17-dynamic-eager',
  'timm-siglip': 'dynamo23-dynamic-sdpa',
  'hf-clip-classes': 'ts20-dynamic-sdpa',
  'timm-swin': 'ts17-dynamic-eager',
  'timm-swinv2': 'dynamo18-dynamic-eager',
  'timm-convnext': 'ts17-dynamic-eager',
  'timm-resnet': 'ts17-dynamic-eager',
  'timm-pvt': 'dynamo18-dynamic-eager',
  'timm-mobilevit': 'ts17-dynamic-eager',
  'timm-maxvit': 'dynamo18-dynamic-eager',
}

const IN_ONE_BLOCK = [
  'attention-gradcam',
  'daam',
  'grad-eclip',
  'mean-attention',
  'partial-lrp',
  'raw-attention',
  'vit-recipro-cam',
]
const OVER_BLOCKS = [
  'agcam',
  'attcat',
  'attention-rollout',
  'generic-attention',
  'gmar',
  'gradient-rollout',
  'legrad',
  'lrp-rollout',
  'rollout-per-head',
  'transformer-attribution',
]
/** What all need attention for. */
const OF_ATTENTION = [...IN_ONE_BLOCK, ...OVER_BLOCKS]
/** What reads the layer that embeds patches. */
const OF_PATCHES = ['attnlrp-gamma', 'full-lrp']
const CHEFER = ['full-lrp', 'lrp-rollout', 'partial-lrp', 'transformer-attribution']

/** What compares patches with texts: the vectors of an exported graph's classes are not known. */
const FOR_TEXTS = explainers.filter(isForTexts).map(({ id }) => id)

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
    'attention within windows': IN_ONE_BLOCK,
    'patches that are merged': [...OVER_BLOCKS, ...OF_PATCHES],
  },
  'timm-swinv2': {
    'attention within windows': IN_ONE_BLOCK,
    'cosines of queries and keys': ['deeplift'],
    'patches that are merged': [...OVER_BLOCKS, ...OF_PATCHES],
  },
  'timm-convnext': {
    'no attention': OF_ATTENTION,
    'patches that are merged': OF_PATCHES,
    'GELU in no block': ['deeplift'],
  },
  'timm-resnet': {
    'no attention': OF_ATTENTION,
    'no patches': OF_PATCHES,
    rectifiers: ['deeplift'],
  },
  'timm-pvt': {
    'fewer keys than queries': OF_ATTENTION,
    'no patches': OF_PATCHES,
    'GELU in no block': ['deeplift'],
  },
  'timm-mobilevit': {
    'attention within windows': OF_ATTENTION,
    'no patches': OF_PATCHES,
    SiLU: ['deeplift'],
  },
  'timm-maxvit': {
    'attention within windows': OF_ATTENTION,
    'no patches': OF_PATCHES,
    'gates of channels': ['attnlrp', 'cp-lrp', 'libragrad', 'deeplift'],
  },
}

const TOLERANCE = { good: 1e-4, poor: 1e-2 }
/** XGrad-CAM divides by the sum of each channel: on one of the images, a channel of this model has a sum of a thousandth of its terms. */
const POOR_HERE: readonly string[] = ['timm-swinv2 xgradcam']
const engines = await Promise.all([openBackend('onnx:cpu', { threads: 1 }), openBackend('tfjs:wasm')])
after(() => Promise.all(engines.map(engine => engine.dispose())))

const all = onePassOf(explainers.map(({ id }) => choiceOf(id)))

for (const [name, dialect] of Object.entries(MODELS)) {
  const { transformer, get } = await exportedModel(name, dialect)
  const subject = { name, model: transformer, weights: get }
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
  const classes = [3, 1]
  /** The program that explains some images, by number, with all methods at once, and its inputs. */
  const asked = (images: readonly number[]) => {
    const { program, draws } = explanationProgram(transformer, able, images.length, 'given')
    const target = { shape: [images.length], data: Int32Array.from(images, i => classes[i] ?? 0) }
    return { program, inputs: inputsOf(program, { ...batchOf(subject, images, draws), target }) }
  }
  const { program, inputs } = asked([0, 1])
  const expected = interpret(program, inputs, get)
  const numbers = (outputs: HostTensors, key: string): number[] => Array.from(outputs[`map:${key}`]?.data ?? [])
  /** The difference over the largest value; the positive part of a map may be zero everywhere. */
  const apart = (map: number[], from: number[]): number =>
    from.every(x => x === 0) ? Math.max(...map.map(Math.abs)) : relativeError(map, from)

  test(`${name}: methods that have no map of it are refused, and no others`, () => {
    const refused = [...Object.values(REFUSED[name as keyof typeof MODELS]).flat(), ...FOR_TEXTS]
    assert.deepEqual(
      all.filter(method => !able.includes(method)).map(({ key }) => key),
      refused.toSorted(),
    )
  })

  test(`${name}: a batch gives the maps of its images one by one`, () => {
    const alone = [0, 1].map(image => {
      const one = asked([image])
      return interpret(one.program, one.inputs, get)
    })
    for (const { key, explainer } of able) {
      const error = apart(
        numbers(expected, key),
        alone.flatMap(outputs => numbers(outputs, key)),
      )
      assert.ok(error <= (explainer.conditioning === 'poor' ? 1e-6 : 1e-9), `${key}: ${error}`)
    }
  })

  for (const engine of engines)
    test(`${name}: ${engine.id}:${engine.engine} agrees with the interpreter on every one-pass method`, async t => {
      const executable = await engine.compile(program, { id: name, get })
      const found = await executable.run(inputs)
      await executable.dispose()
      for (const { key, explainer } of able) {
        const error = apart(numbers(found, key), numbers(expected, key))
        t.diagnostic(`${key} ${error.toExponential(1)}`)
        const conditioning = POOR_HERE.includes(`${name} ${key}`) ? 'poor' : explainer.conditioning
        assert.ok(error <= TOLERANCE[conditioning], `${key}: ${error}`)
      }
    })
}
