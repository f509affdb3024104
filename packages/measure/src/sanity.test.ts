import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '@vitrine/metrics'
import { exportedReference } from '@vitrine/models/testing'
import type { HostTensor, Weights } from '@vitrine/tensor'
import { parametersByPart, randomWeights } from './random-model.ts'
import { openIconRun, unitOf } from './testing/icon-run.ts'

const { model: icon, run, ...opened } = await openIconRun('icon-scenes', { batch: 2 })

async function rowsOf(ids: readonly string[], groups: readonly ('robustness' | 'randomisation')[], wanted?: number) {
  const units = ids.map(id => unitOf(id, protocols.sanity))
  const some = wanted === undefined ? undefined : new Set([wanted])
  return (await opened.rowsOf(units, { images: 2, groups: new Set(groups), wanted: some })).flat()
}

test('a control neither changes with the model nor with the class, and only one that sees the image changes with it', async () => {
  const controls = ['random', 'center-gaussian', 'sobel-edges', 'object-mask']
  const rows = await rowsOf([...controls, 'attention-rollout', 'agcam', 'rise'], ['robustness', 'randomisation'])
  const of = (id: string) => rows.filter(row => row.unit === id).map(row => row.values)
  for (const id of controls)
    for (const values of of(id)) {
      const value = (name: string) => Number(values[`randomisation.predicted.${name}`])
      for (const name of ['cascade-similarity', 'cascade-magnitude', 'random-model-similarity', 'random-logit'])
        assert.ok(Math.abs(value(name) - 1) < 1e-9, `${id} ${name}: ${value(name)}`)
      assert.ok(Math.abs(value('entropy-rise')) < 1e-9)
      const sensitivity = Number(values['robustness.predicted.max-sensitivity'])
      assert.ok(id === 'sobel-edges' ? sensitivity > 0.01 : sensitivity < 1e-6, `${id}: ${sensitivity}`)
    }
  for (const values of of('attention-rollout')) {
    assert.ok(Math.abs(Number(values['randomisation.predicted.random-logit']) - 1) < 1e-3)
    assert.ok(Number(values['randomisation.predicted.random-model-similarity']) < 0.9)
  }
  for (const values of of('agcam')) {
    assert.ok(Number(values['randomisation.predicted.random-model-similarity']) < 0.5)
    assert.ok(Number(values['randomisation.predicted.random-logit']) < 0.99)
    // Ten images close by, another class, and each part of the model.
    assert.equal(values.explanations, 10 + 1 + parametersByPart(icon.transformer).length)
  }
  for (const values of of('rise')) {
    assert.equal(values['robustness.predicted.state'], 'too-dear')
    assert.equal(values['randomisation.predicted.state'], 'too-dear')
    assert.equal(values.explanations, 0)
  }
})

test('an image has the same numbers alone, and the passes of random models are counted', async () => {
  const before = run.forwardPasses
  const all = await rowsOf(['agcam'], ['randomisation'])
  // The prediction, another class and each part, of two images.
  assert.equal(run.forwardPasses - before, 2 * (2 + parametersByPart(icon.transformer).length))
  const [alone] = await rowsOf(['agcam'], ['randomisation'], 1)
  assert.deepEqual(alone?.values, all.find(({ index }) => index === 1)?.values)
})

test('every parameter of a model becomes random, part by part from the head down, each once', async () => {
  const { transformer } = icon
  const names = parametersByPart(transformer)
  assert.ok(names[0]?.includes('head.weight') && names.at(-1)?.includes('patch_embed.proj.weight'))
  assert.equal(new Set(names.flat()).size, names.flat().length)
  const stages = [...randomWeights(icon.weights, names, 3)]
  assert.equal(new Set(stages.map(({ id }) => id)).size, names.length)
  const [first, last] = [stages[0] ?? assert.fail(), stages.at(-1) ?? assert.fail()]
  for (const [i, part] of names.entries())
    for (const name of part) {
      const [was, early, late] = [icon.weights, first, last].map(weights => numbers(weights, name))
      if (i > 0) assert.deepEqual(early, was, name)
      else assert.deepEqual(early, late, name)
      assert.notDeepEqual(late, was, name)
      assert.equal(last.location?.(name), undefined)
    }
  const again = [...randomWeights(icon.weights, names, 3)].at(-1)
  assert.deepEqual(again && numbers(again, 'head.weight'), numbers(last, 'head.weight'))
})

test('an exported graph has the parts of its checkpoint', async () => {
  const { checkpoint, exported } = await exportedReference('timm-vit', 'ts17-static-sdpa')
  const sizes = ({ transformer, get }: typeof exported) =>
    parametersByPart(transformer).map(names => names.reduce((sum, name) => sum + get(name).data.length, 0))
  // The head, two blocks and the embedding.
  assert.equal(sizes(checkpoint).length, 4)
  assert.deepEqual(sizes(exported), sizes(checkpoint))
})

const numbers = (weights: Pick<Weights, 'get'>, name: string): readonly number[] => {
  const { data }: HostTensor = weights.get(name)
  return Array.from(data)
}
