import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportedModel, relativeError } from '@vitrine/models/testing'
import { input, interpret, program, type Tensor } from '@vitrine/tensor'
import { batchOf, explainWith } from './conformance/explain.ts'
import type { RandomModel } from './conformance/models.ts'
import { explainers, isSampled, UnsupportedError } from './index.ts'
import { choiceOf } from './testing-choice.ts'

// Networks with convolutions that were exported: class activation maps are of their last feature map.

const subjectOf = async (name: string, dialect: string): Promise<RandomModel> => {
  const { transformer, get } = await exportedModel(name, dialect)
  return { name, model: transformer, weights: get }
}

const RESNET = await subjectOf('timm-resnet', 'ts17-dynamic-eager')
const CLASS = 3

/** Some tensors of the first image's forward pass, in float64. */
function computed({ model, weights }: RandomModel, of: (image: Tensor) => Readonly<Record<string, Tensor>>) {
  const p = program(of(input('image', model.imageShape(1))))
  const { image } = batchOf({ name: '', model, weights }, [0], [])
  assert.ok(image)
  return interpret(p, { image }, weights)
}

/**
 * Of a head that averages a feature map and is linear, all is known: the logit is the sum over channels of w_k mean(A_k), and a bias. So the
 * gradient of each activation is w_k over their number (Zhou et al., CVPR 2016).
 */
function linearHead() {
  const { activations, logits } = computed(RESNET, image => {
    const { featureMap, logits } = RESNET.model.trace(image)
    assert.ok(featureMap)
    return { activations: featureMap, logits }
  })
  const [, places = 1, channels = 1] = activations?.shape ?? []
  const weight = RESNET.weights('fc.weight').data.slice(CLASS * channels, (CLASS + 1) * channels)
  const at = (place: number, k: number): number => activations?.data[place * channels + k] ?? Number.NaN
  const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
  const mean = (k: number): number => all(places).reduce((total, place) => total + at(place, k), 0) / places
  const mapWith = (weights: readonly number[]): number[] =>
    all(places).map(place =>
      Math.max(
        0,
        weights.reduce((total, w, k) => total + w * at(place, k), 0),
      ),
    )
  return { weight: Array.from(weight), logit: logits?.data[CLASS] ?? Number.NaN, places, mean, mapWith }
}

for (const id of ['gradcam', 'hirescam'])
  test(`${id} of a network whose head is linear in averages is CAM`, async () => {
    const { weight, places, mapWith } = linearHead()
    const map = await explainWith(RESNET, choiceOf(id, { rectify: true }))([0], [CLASS])
    assert.ok(relativeError(map, mapWith(weight.map(w => w / places))) < 1e-12)
  })

test('Ablation-CAM of such a network weighs a channel by what it adds to the logit', async () => {
  const { weight, logit, mean, mapWith } = linearHead()
  const map = await explainWith(RESNET, choiceOf('ablation-cam'))([0], [CLASS])
  assert.ok(relativeError(map, mapWith(weight.map((w, k) => (w * mean(k)) / logit))) < 1e-9)
})

// Of rectifiers, largest numbers and linear layers, LRP without stabiliser is gradient times input (Ancona et al., ICLR 2018, proposition 1).
for (const id of ['attnlrp', 'cp-lrp'])
  test(`${id} of a network of rectifiers is the gradient times the input`, async () => {
    const [map, expected] = await Promise.all(
      [id, 'input-x-gradient'].map(one => explainWith(RESNET, choiceOf(one, { grain: 'pixels' }))([0], [CLASS])),
    )
    assert.ok(relativeError(map ?? [], expected ?? []) < 1e-9)
  })

test('a layer other than the last feature map is refused', async () => {
  await assert.rejects(explainWith(RESNET, choiceOf('gradcam', { layer: 0 }))([0], [CLASS]), {
    name: 'UnsupportedError',
    message: /layer: expected -1, the last feature map of a network with convolutions, got 0/,
  })
})

/** What many passes are of attention, and refused. */
const OF_ATTENTION = /^(attattr|attention-flow|beyond-intuition-|ia-attention|ig-attention|iia|tam|tis)/

/** Their regions are as large as a picture of 4 x 4 cells, or the positive part of a map may be empty. */
const COARSE: readonly string[] = ['lime', 'occlusion', 'score-cam', 'sobol']

for (const [name, dialect] of [
  ['timm-convnext', 'dynamo18-dynamic-eager'],
  ['timm-maxvit', 'ts17-dynamic-eager'],
  ['timm-swinv2', 'ts17-dynamic-eager'],
] as const) {
  const subject = await subjectOf(name, dialect)
  for (const { id } of explainers.filter(isSampled))
    test(`${name}: ${id} has a map, or is refused for what it needs of attention`, async () => {
      const method = choiceOf(id)
      try {
        const map = await explainWith(subject, method)([0], [CLASS])
        assert.ok(!OF_ATTENTION.test(id), 'expected a refusal')
        const { rows, columns } = subject.model.grid
        assert.equal(map.length % (rows * columns), 0)
        assert.ok(map.every(Number.isFinite))
        assert.ok(COARSE.includes(id) || new Set(map).size > 1, 'a map that is the same everywhere')
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error
        assert.match(id, OF_ATTENTION)
        assert.match(error.message, /needs .*; of this model, /)
      }
    })
}
