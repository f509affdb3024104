import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profileRows } from './profile.ts'

const row = (id: string, values: (number | null)[], role: 'method' | 'control' | 'truth' = 'method') => ({
  id,
  control: role !== 'method',
  toldTruth: role === 'truth',
  values,
})

const pointing = {
  weight: 1,
  direction: 'higher' as const,
  truth: true,
  rows: [row('a', [0.6, 0.8]), row('b', [0.2, 0.4]), row('flat', [0.1, 0.3], 'control'), row('mask', [1, 1], 'truth')],
}
const coupling = {
  weight: 3,
  direction: 'lower' as const,
  truth: false,
  rows: [row('a', [4, 2]), row('b', [1, null]), row('flat', [5, 5], 'control'), row('mask', [9, 9], 'truth')],
}
const of = (id: string, ...weighed: (typeof pointing | typeof coupling)[]) =>
  profileRows(weighed)
    .find(r => r.id === id)
    ?.values.map(v => v && Number(v.toFixed(4)))

test('one measure alone goes from the best control to the truth', () => {
  // The control's mean is 0.2, the truth's 1.
  assert.deepEqual(of('a', pointing), [0.5, 0.75])
  assert.deepEqual(of('mask', pointing), [1, 1])
})

test('measures are weighed against each other, lower ones turned round, with the best method where there is no truth', () => {
  // Of coupling, the control's mean 5 is 0 and the best method's 1, which is b's, is 1: a has 1/4 and 3/4.
  assert.deepEqual(of('a', pointing, coupling), [0.5 / 4 + (3 * 0.25) / 4, 0.75 / 4 + (3 * 0.75) / 4])
})

test('an image without one of the measures has no value, and neither has the truth where it means nothing', () => {
  assert.deepEqual(of('b', pointing, coupling), [0.75, null])
  assert.deepEqual(of('mask', pointing, coupling), [null, null])
})
