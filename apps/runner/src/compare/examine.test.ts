import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { explainer, explainers, type OnePassExplainer } from '@vitrine/explainers'
import { openModelRun } from '@vitrine/measure'
import { type Model, openModel } from '@vitrine/models'
import { tinyReference } from '@vitrine/models/testing'
import { constant, log, max, mul, neg, reshape, sliceAxis, sub, sum, type Tensor, zeros } from '@vitrine/tensor'
import { chooseMethods } from '../open/methods.ts'
import { type Check, examine } from './examine.ts'

const { model } = await tinyReference()
const backend = await openBackend('onnx', { threads: 1 })
const exact = await openBackend('onnx', { threads: 1, precision: 'double' })
after(async () => {
  await backend.dispose()
  await exact.dispose()
})

async function examined(subject: Model, methods: string, given: readonly OnePassExplainer[] = []) {
  const engine = openModelRun(backend, subject, 1)
  try {
    return await examine(subject, engine, chooseMethods(methods, [...explainers, ...given]), async () =>
      openModelRun(exact, subject, 1),
    )
  } finally {
    await engine.dispose()
  }
}

/** A model with one parameter replaced. */
function withWeight(name: string, value: number): Model {
  const { weights } = model
  return {
    ...model,
    weights: {
      id: `${name} ${value}`,
      get: own =>
        own === name ? { ...weights.get(own), data: weights.get(own).data.map(() => value) } : weights.get(own),
      location: () => undefined,
    },
  }
}

const verdicts = (checks: readonly Check[]) => checks.map(({ what, verdict }) => `${what}: ${verdict}`)
const notes = (checks: readonly Check[]) =>
  checks.filter(c => c.verdict === 'no' || c.verdict === 'refused').map(({ what, note }) => `${what}: ${note}`)

/** A method that gives what a test wants. */
const method = (id: string, classSpecific: boolean, explain: OnePassExplainer['explain']): OnePassExplainer =>
  explainer({
    id,
    name: id,
    source: { authors: 'A test', venue: 'here', url: 'https://example.org' },
    family: 'gradient',
    classSpecific,
    explain,
  })

const attention: OnePassExplainer['explain'] = ({ trace }) =>
  reshape(sliceAxis(sliceAxis(sliceAxis(trace.blocks[0]!.attention, 1, 0, 1), 2, 0, 1), 3, 1, 197), [1, 14, 14])

test('a sound model passes, and methods are tried or said not to be', async () => {
  const { checks, methods, pass } = await examined(model, 'agcam,attention-rollout,random,rise,object-mask')
  assert.deepEqual(notes(checks), [])
  assert.deepEqual(verdicts(methods), [
    'agcam: yes',
    'attention-rollout: yes',
    'random: yes',
    'rise: not tried',
    'object-mask: not tried',
  ])
  // Twice the multiplications: per block and token 12 width^2 of layers and 2 tokens width of attention.
  const blocks = 3 * 197 * (12 * 48 ** 2 + 2 * 197 * 48)
  const expected = 2 * (blocks + 196 * 768 * 48 + 48 * 10)
  assert.ok(pass.flops <= expected && pass.flops > 0.7 * expected, `${pass.flops} of ${expected}`)
})

test('NaN in a weight is found, and named with its parameter', async () => {
  const { checks } = await examined(withWeight('blocks.1.mlp.fc1.bias', Number.NaN), 'random')
  assert.match(notes(checks)[0] ?? '', /blocks\.1\.mlp\.fc1\.bias has NaN/)
  assert.match(notes(checks)[1] ?? '', /not finite numbers: no map of this model means anything/)
})

test('a head that was never trained is found', async () => {
  const { checks } = await examined(withWeight('head.weight', 0), 'random')
  assert.match(
    notes(checks)[0] ?? '',
    /the head is trained: a scene and an empty picture have the same 10 probabilities/,
  )
})

test('all-zero, flat and NaN maps are found', async () => {
  const grid = [1, 14, 14]
  const { methods } = await examined(model, 'zero,flat,broken', [
    method('zero', false, () => zeros(grid)),
    method('flat', false, () => constant(new Float32Array(196).fill(0.25), grid)),
    method('broken', false, context => log(neg(attention(context, {})))),
  ])
  assert.deepEqual(notes(methods), [
    'zero: the map is all zero, for another class and other pictures too',
    'flat: the map is flat: 0.25 everywhere',
    'broken: the map has NaN or infinite numbers',
  ])
})

test('a zero map that is none in double, or for another class, is told apart from one that is zero everywhere', async () => {
  // The predicted class has the largest logit of all, so that what another one lacks to it is zero for that class alone.
  const lacking = ({ target, trace: { logits } }: Parameters<OnePassExplainer['explain']>[0]) =>
    sub(max(logits, [1]), sum(mul(target, logits), [1]))
  // On the way below what float32 can hold.
  const scaled = (x: Tensor) => [1e-30, 1e-30, 1e30, 1e30].reduce((y: Tensor, factor) => mul(y, factor), x)
  const { methods } = await examined(model, 'sound,underflow', [
    method('sound', true, context => mul(attention(context, {}), reshape(lacking(context), [1, 1, 1]))),
    method('underflow', false, context => scaled(attention(context, {}))),
  ])
  assert.deepEqual(
    methods.map(({ what, verdict, note }) => `${what}: ${verdict}: ${note}`),
    [
      'sound: yes: all zero for the test picture, in double precision too, and not elsewhere',
      'underflow: no: the map is all zero in single precision, and not in double',
    ],
  )
})

test('a class-agnostic map that is reported as class-specific is found, and the reverse', async () => {
  const scaled: OnePassExplainer['explain'] = context =>
    mul(attention(context, {}), reshape(sliceAxis(context.trace.logits, 1, 0, 1), [1, 1, 1]))
  const honest = explainers.find(e => e.id === 'agcam')
  assert(honest && 'explain' in honest)
  const { methods } = await examined(model, 'pretender,agnostic,denier', [
    method('pretender', true, attention),
    method('agnostic', false, scaled),
    method('denier', false, context => honest.explain(context, { headFusion: 'sum', layerFusion: 'sum' })),
  ])
  assert.deepEqual(notes(methods), [
    'pretender: says it is class-specific, and gives two classes the same map',
    'denier: says the class makes no difference, and gives two classes different maps',
  ])
})

test('a layer that the model lacks is refused with the reason', async () => {
  const { methods } = await examined(model, 'transformer-attribution[startLayer=7]')
  assert.match(notes(methods)[0] ?? '', /startLayer: expected less than 3, got 7/)
})

test('a bundled model is what it says', async () => {
  const { checks } = await examined(await openModel('icon-vit'), 'agcam')
  assert.deepEqual(notes(checks), [])
})
