import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDataset } from '@vitrine/datasets'
import { explainers, resolveOptions } from '@vitrine/explainers'
import { gridProtocol, protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { recordId } from '@vitrine/records/record'
import { type DescribedMethod, methodFacts, planUnits, sliceOf } from './plan.ts'

async function headerOf(
  id: string,
  { cautions = [], given = {} }: { readonly cautions?: readonly string[]; readonly given?: Record<string, unknown> },
) {
  const model = { ...(await openModel('icon-vit')), cautions }
  const dataset = await openDataset('icon-scenes')
  const explainer = explainers.find(own => own.id === id) ?? assert.fail()
  const method: DescribedMethod = {
    method: { key: id, explainer, options: resolveOptions(id, explainer.options, given) },
    facts: { key: id, program: 'p', relativeFlops: 1, unsupported: undefined },
    code: null,
  }
  const backend = { id: 'onnx', engine: 'cpu', version: '1', threads: 1 }
  const [unit] = planUnits({ model, dataset, backend }, [method], [protocols.standard], {
    ...{ thresholds: [0.5], seed: 0, slice: sliceOf(1, { index: 1, of: 1 }, 1), batch: 1, measuringCode: 'm' },
    environment: { node: '24', os: 'linux', arch: 'x64', cpu: 'c', cores: 1, memory: 1 },
    defaults: { images: 1, thresholds: [0.5], seed: 0 },
  })
  return unit?.header ?? assert.fail()
}

test('a record says what was assumed of its model, which is no part of its identity', async () => {
  const [sure, assumed] = [await headerOf('agcam', {}), await headerOf('agcam', { cautions: ['heads are assumed: 3'] })]
  assert.deepEqual(assumed.model.details?.cautions, ['heads are assumed: 3'])
  assert.ok(!('cautions' in (sure.model.details ?? {})), 'records of models that say everything stay as they are')
  assert.equal(recordId(assumed), recordId(sure))
})

test('an option that is younger than records of its method is named where it is not the default', async () => {
  const [usual, joined] = [
    await headerOf('attention-rollout', {}),
    await headerOf('attention-rollout', { given: { windows: 'join' } }),
  ]
  const published = { headFusion: 'mean', discardRatio: 0, normalisation: 'rows', startLayer: 0 }
  assert.deepEqual(usual.method.options, published)
  assert.deepEqual(joined.method.options, { ...published, windows: 'join' })
  assert.equal(joined.variant, 'windows=join')
})

test('token drop is refused for a model whose blocks need all patches, and nothing else of it', async () => {
  const model = await openModel('icon-vit')
  const explainer = explainers.find(({ id }) => id === 'random') ?? assert.fail()
  const method: DescribedMethod = {
    method: { key: 'random', explainer, options: {} },
    facts: { key: 'random', program: 'p', relativeFlops: 1, unsupported: undefined },
    code: null,
  }
  const can = { ...model.transformer.can, 'token-subsets': 'blocks attend within windows' }
  const reasons = planUnits(
    {
      model: { ...model, transformer: { ...model.transformer, can } },
      dataset: await openDataset('icon-scenes'),
      backend: { id: 'onnx', engine: 'cpu', version: '1', threads: 1 },
    },
    [method],
    [protocols.standard, gridProtocol('standard', 'token-drop', ['label'])],
    {
      ...{ thresholds: [0.5], seed: 0, slice: sliceOf(1, { index: 1, of: 1 }, 1), batch: 1, measuringCode: 'm' },
      environment: { node: '24', os: 'linux', arch: 'x64', cpu: 'c', cores: 1, memory: 1 },
      defaults: { images: 1, thresholds: [0.5], seed: 0 },
    },
  ).map(({ unsupported }) => unsupported)
  assert.equal(reasons[0], undefined)
  assert.match(reasons[1] ?? '', /^token drop: expected a model .*, but blocks attend within windows$/)
})

test('a method that needs what the model lacks is unsupported, with the reason; the others are not', async () => {
  const { transformer } = await openModel('icon-vit')
  const windowed = { ...transformer, can: { ...transformer.can, 'global-attention': 'blocks attend within windows' } }
  const methods = explainers
    .filter(({ id }) => ['attention-rollout', 'gradcam', 'rise'].includes(id))
    .map(explainer => ({ key: explainer.id, explainer, options: resolveOptions(explainer.id, explainer.options) }))
  const reasons = methodFacts({ transformer: windowed }, methods, () => '').map(({ unsupported }) => unsupported)
  assert.match(
    reasons[0] ?? '',
    /^\[vitrine\] \[explainers\] attention-rollout: needs .*, blocks attend within windows$/,
  )
  assert.deepEqual(reasons.slice(1), [undefined, undefined])
})

test('shards take whole batches: the second of two parts of 11 images in batches of 3 has the second and the last', () => {
  const { indices, part } = sliceOf(11, { index: 2, of: 2 }, 3)
  assert.deepEqual(indices, [3, 4, 5, 9, 10])
  assert.deepEqual(part, { shard: 2, of: 2, images: 11, block: 3 })
})
