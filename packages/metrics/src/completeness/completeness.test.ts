import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapOf } from '../testing/scenes.ts'
import gap from './completeness-gap.ts'
import { measureCompleteness } from './measure-completeness.ts'

test('a map that adds up has no gap, and one of the other sign the whole', () => {
  assert.equal(gap.measure({ sum: 3, claimed: 3 }), 0)
  assert.equal(gap.measure({ sum: 3, claimed: 1 }), 0.5)
  assert.equal(gap.measure({ sum: -2, claimed: 5 }), 1)
  assert.equal(gap.measure({ sum: 0, claimed: 0 }), 0)
})

test('of a model that is linear in its patches, weights times patches add up to the score', () => {
  const patches = Array.from({ length: 196 }, (_, i) => Math.sin(i))
  const weights = Array.from({ length: 196 }, (_, i) => ((i * 37) % 19) / 8 - 1)
  const score = patches.reduce((sum, patch, i) => sum + patch * weights[i]!, 0)
  const heatmap = mapOf((row, column) => patches[14 * row + column]! * weights[14 * row + column]!, { signed: true })
  const found = measureCompleteness(heatmap, score)
  assert.ok(found.state === 'ok' && Number(found.values['completeness-gap']) < 1e-12)
  assert.deepEqual(
    measureCompleteness(
      mapOf(() => 1),
      1,
    ),
    { state: 'flat' },
  )
  assert.deepEqual(
    measureCompleteness(
      mapOf(row => (row === 3 ? Number.NaN : row)),
      1,
    ),
    { state: 'nan' },
  )
})
