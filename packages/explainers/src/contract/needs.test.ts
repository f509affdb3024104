import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExplainableModel, visionTransformer, vitB16 } from '@vitrine/models'
import { zeros } from '@vitrine/tensor'
import { explanationProgram } from '../run/program.ts'
import { explainer } from './explainer.ts'
import { type Need, requireNeeds } from './needs.ts'
import { oneOf } from './options.ts'

const model = visionTransformer({ ...vitB16, depth: 1 })
const windowed: ExplainableModel = {
  ...model,
  can: { ...model.can, 'global-attention': 'blocks 0 to 3 attend within windows of 16 tokens' },
}

test('a Vision Transformer that was not read from a foreign graph has all that a method may need but windows', () => {
  const can = Object.keys(model.can) as Need[]
  const needs: Need[] = [...can.filter(need => need !== 'windows'), 'batches']
  const compares = visionTransformer({ ...vitB16, depth: 1, head: { kind: 'texts', scale: 100 } })
  requireNeeds('any', needs, compares)
  requireNeeds(
    'any',
    needs.filter(need => need !== 'text-head'),
    model,
  )
})

test('a method that compares tokens with vectors is refused where the head is a linear layer', () =>
  assert.throws(() => requireNeeds('maskclip', ['text-head'], model), {
    name: 'UnsupportedError',
    message: /maskclip: needs classes that are vectors.*; of this model, the head compares with no vectors/,
  }))

test('a method is refused where a model lacks what it needs, and says what there is instead', () =>
  assert.throws(() => requireNeeds('rollout', ['chain', 'global-attention'], windowed), {
    name: 'UnsupportedError',
    message:
      '[vitrine] [explainers] rollout: needs attention over all tokens in each block; of this model, blocks 0 to 3 attend within windows of 16 tokens',
  }))

const late = {
  id: 'late',
  name: 'Late',
  source: { authors: 'A test', venue: '', url: '' },
  family: 'attention',
  classSpecific: false,
  needs: ['global-attention'],
} as const

test('what a method needs with an option is asked for in place of what it needs without', () => {
  const method = explainer({
    ...late,
    options: { through: oneOf('none', 'windows') },
    needsWith: ({ through }) => (through === 'windows' ? ['windows'] : ['global-attention']),
    explain: ({ model: { grid } }) => zeros([1, grid.rows, grid.columns]),
  })
  const build = (through: string, own: ExplainableModel) =>
    explanationProgram(own, [{ key: 'late', explainer: method, options: { through } }], 1, 'given')
  build('none', model)
  assert.throws(() => build('windows', model), /needs windows and merges .*; of this model, each block attends to all/)
  const known: ExplainableModel = { ...windowed, can: { ...windowed.can, windows: true } }
  build('windows', known)
  assert.throws(() => build('none', known), /needs attention over all tokens/)
})

test('a model whose batch is written down has no methods that need several rows', () =>
  assert.throws(
    () => requireNeeds('vit-cx', ['batches'], { ...model, maxBatch: 1 }),
    /needs more than one image at a time; of this model, the batch is written down in its file/,
  ))

test('a refused method builds nothing', () => {
  const method = explainer({
    ...late,
    explain: () => assert.fail('built'),
  })
  const choice = { key: 'late', explainer: method, options: {} }
  assert.throws(() => explanationProgram(windowed, [choice], 1, 'given'), { name: 'UnsupportedError' })
})
