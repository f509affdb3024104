import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forest, tileScore } from './forest.ts'

const good = { id: 'good', value: 0.5, interval: [0.4, 0.6] as const }
const flat = { id: 'flat', value: 0.3, interval: [0.2, 0.4] as const }
const bad = { id: 'bad', value: 0.1, interval: [0, 0.3] as const }

test('the axis goes from the best control to the best end, and what is worse than the control stands at its end', () => {
  const found = forest([good, flat, bad], flat, 'higher')
  assert.deepEqual(found?.ends, ['0.20', '0.60'])
  assert.equal(found?.control, 25)
  assert.deepEqual(found?.rows.get('good'), { low: 50, at: 75, high: 100, off: false })
  assert.deepEqual(found?.rows.get('bad'), { low: 0, at: 0, high: 25, off: true })
})

test('where less is better the axis ends at the control', () => {
  assert.deepEqual(forest([good, flat, bad], flat, 'lower')?.ends, ['0.00', '0.40'])
})

test('without a control the axis holds all, and without intervals there is no picture', () => {
  assert.deepEqual(forest([good, bad], undefined, 'higher')?.ends, ['0.00', '0.60'])
  assert.equal(forest([], undefined, 'higher'), null)
})

test('a score in a tile has no leading zero', () => {
  assert.deepEqual([0.842, 1, -0.05].map(tileScore), ['.84', '1.00', '−.05'])
})
