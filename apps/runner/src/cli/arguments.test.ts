import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { explainers } from '@vitrine/explainers'
import { relativeTime, sliceOf } from '@vitrine/measure'
import { median } from '@vitrine/metrics'
import { type Model, openModel } from '@vitrine/models'
import { chooseMethods } from '../open/methods.ts'
import { chooseFrom, fromHere, parseShard, parseThresholds } from './arguments.ts'
import { duration } from './progress.ts'

const fixtures = join(import.meta.dirname, '../../../../packages/models/fixtures/families/')

test('an unknown name is answered with the nearest and the known ones', () => {
  assert.throws(() => chooseFrom('dataset', 'icon-scene', ['icon-scenes', 'voc']), {
    name: 'UsageError',
    message: 'unknown dataset "icon-scene". Did you mean "icon-scenes"? Known: icon-scenes, voc.',
  })
})

test('a list keeps its order and drops repetitions', () => {
  assert.deepEqual(chooseFrom('letter', 'b, a,b', ['a', 'b', 'c']), ['b', 'a'])
  assert.deepEqual(chooseFrom('letter', 'all', ['a', 'b']), ['a', 'b'])
})

test('methods take options in brackets', () => {
  const [rollout, agcam] = chooseMethods('attention-rollout[discardRatio=0.9,headFusion=max],agcam', explainers)
  const defaults = { normalisation: 'rows', startLayer: 0, windows: 'refuse' }
  assert.deepEqual(rollout?.options, { headFusion: 'max', discardRatio: 0.9, ...defaults })
  assert.equal(rollout?.key, 'attention-rollout[headFusion=max,discardRatio=0.9]')
  assert.equal(agcam?.key, 'agcam')
})

test('all methods are those for texts too where a model has texts, and else 64 without them', async () => {
  const forTexts = ['clip-surgery', 'maskclip', 'self-self-attention']
  const ids = (models: readonly Model[]) => chooseMethods('all', explainers, models).map(({ key }) => key)
  const [icons, clip] = [
    await openModel('icon-vit'),
    await openModel(`${fixtures}clip-transformers[text=${fixtures}texts-12.safetensors]`),
  ]
  assert.equal(ids([icons]).length, 64)
  assert.deepEqual(
    ids([icons, clip]).filter(id => !ids([icons]).includes(id)),
    forTexts,
  )
  assert.deepEqual(
    chooseMethods('maskclip', explainers, [icons]).map(({ key }) => key),
    ['maskclip'],
  )
})

test('a wrong option is a usage error', () => {
  assert.throws(() => chooseMethods('agcam[heads=3]', explainers), {
    name: 'UsageError',
    message: /unknown option "heads"/,
  })
})

test('thresholds are a list or a range of decimals', () => {
  assert.deepEqual(parseThresholds('0.1:0.9:0.2'), [0.1, 0.3, 0.5, 0.7, 0.9])
  assert.deepEqual(parseThresholds('0.25,0.5'), [0.25, 0.5])
})

for (const text of ['0.5,0.3', '1', 'x', '0.1:0.9:0', ''])
  test(`thresholds "${text}" are refused`, () =>
    assert.throws(() => parseThresholds(text), /--thresholds: expected ascending/))

test('shards share the images without overlap', () => {
  const parts = [1, 2, 3].map(index => sliceOf(8, { index, of: 3 }, 1).indices)
  assert.deepEqual(parts, [
    [0, 3, 6],
    [1, 4, 7],
    [2, 5],
  ])
  assert.throws(() => parseShard('4/3'), /expected i\/n with 1 <= i <= n, got "4\/3"/)
})

test('times read as people say them', () => {
  assert.deepEqual([5, 65, 3900].map(duration), ['5s', '1m 05s', '1h 05m'])
})

test('the median of an even count is between the middle ones', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([3, 1, 2]), 2)
})

test('relative time compares within rounds', () => {
  assert.equal(relativeTime([1, 10, 100], [2, 20, 200]), 2)
})

test('the folder of the user is written ~', () => {
  assert.equal(fromHere('~/photo.jpg'), join(homedir(), 'photo.jpg'))
  assert.equal(fromHere('~'), homedir())
  assert.equal(fromHere('/data/~mine'), '/data/~mine')
})
