import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { openBackend } from '@vitrine/backends'
import { visionTransformer, vitB16 } from '@vitrine/models'
import { explainerConformance } from './conformance.ts'
import { explainer, explainers, explanationProgram, oneOf, resolveOptions } from './index.ts'
import { registrySource } from './registry.generate.ts'

const open = [() => openBackend('onnx:cpu', { threads: 1 }), () => openBackend('tfjs:wasm')]
for (const method of explainers) explainerConformance(method, { open })

test('the registry holds every file of the methods folder', async () => {
  const files = readdirSync(new URL('methods/', import.meta.url)).filter(name => !name.endsWith('.test.ts'))
  assert.deepEqual(explainers.map(e => `${e.id}.ts`).sort(), files.sort())
})

test('the registry is what its generator writes', async () => {
  const { current, generated } = await registrySource()
  assert.equal(current, generated)
})

test('an unknown option names the known ones', () => {
  assert.throws(() => resolveOptions('agcam', { headFusion: oneOf('sum', 'mean') }, { head: 'sum' }), {
    name: 'ExplainerError',
    message: /agcam: unknown option "head"; known: headFusion/,
  })
})

test('a wrong value of an option says what is accepted', () => {
  assert.throws(
    () => resolveOptions('agcam', { headFusion: oneOf('sum', 'mean') }, { headFusion: 'product' }),
    /agcam: headFusion: expected sum \| mean, got "product"/,
  )
})

test('an id that is no file name is refused', () => {
  const source = { authors: '', venue: '', url: '' }
  assert.throws(
    () =>
      explainer({ id: 'My Method', name: '', source, family: 'control', classSpecific: false, explain: c => c.image }),
    /lower-case words joined by hyphens, got "My Method"/,
  )
})

test('a start layer beyond the last block is unsupported', () => {
  const method = explainers.find(e => e.id === 'transformer-attribution')
  assert(method)
  const model = visionTransformer({ ...vitB16, depth: 2 })
  assert.throws(
    () => explanationProgram(model, [{ key: 'x', explainer: method, options: { startLayer: 2 } }], 1, 'given'),
    { name: 'UnsupportedError', message: /startLayer: expected less than 2, got 2/ },
  )
})
