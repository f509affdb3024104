import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Heatmap } from '../types.ts'
import irrelevantMass from './irrelevant-mass.ts'
import { measureObjects } from './measure-objects.ts'
import objectDeletion from './object-deletion.ts'

const size = { width: 4, height: 4 }
const columnMask = (column: number) => Uint8Array.from({ length: 16 }, (_, p) => Number(p % 4 === column))
const map = (values: readonly number[], more: Partial<Heatmap> = {}): Heatmap => ({
  rows: 4,
  columns: 4,
  values: Array.from({ length: 16 }, (_, p) => values[p % 4]!),
  scale: 'relative',
  ...more,
})
const falls = (...list: number[]) => list.map((fall, column) => ({ mask: columnMask(column), fall }))

test('mass on things against what the scene loses without them', () => {
  // Normalised the columns are 1, 0, 0.5 and 0.25, each of four pixels.
  const found = measureObjects(map([5, 1, 3, 2]), falls(0.6, 0.01, 0.2), size)
  assert.deepEqual(found, { state: 'ok', values: { 'object-deletion': 1, 'irrelevant-mass': 0 } })
  const other = measureObjects(map([5, 1, 3, 2]), falls(0, 0.6, 0.04), size)
  // Ranks 3, 1, 2 against 1, 3, 2; all mass is where nothing matters.
  assert.deepEqual(other, { state: 'ok', values: { 'object-deletion': -1, 'irrelevant-mass': 1 } })
  const third = measureObjects(map([5, 1, 3, 2]), falls(0.6, 0.3, -0.04), size)
  assert.ok(third.state === 'ok')
  assert.equal(third.values['object-deletion'], 0.5)
  assert.equal(third.values['irrelevant-mass'], 0.5 / 1.5)
})

test('negative values of a signed map have no mass', () => {
  const found = measureObjects(map([2, -4, -2, 0], { signed: true }), falls(0.6, 0, 0), size)
  assert.ok(found.state === 'ok')
  assert.equal(found.values['irrelevant-mass'], 0)
})

test('one thing, a flat map and NaN are states', () => {
  assert.deepEqual(measureObjects(map([5, 1, 3, 2]), falls(0.6), size), { state: 'too-few' })
  assert.deepEqual(measureObjects(map([1, 1, 1, 1]), falls(0.6, 0.1), size), { state: 'flat' })
  assert.deepEqual(measureObjects(map([1, Number.NaN, 1, 1]), falls(0.6, 0.1), size), { state: 'nan' })
})

test('where all things matter, or none, no mass is on the wrong one', () => {
  assert.equal(irrelevantMass.measure({ attribution: [1, 2], fall: [0.5, 0.4] }), null)
  assert.equal(irrelevantMass.measure({ attribution: [1, 2], fall: [0, 0.01] }), null)
  assert.equal(irrelevantMass.measure({ attribution: [0, 0], fall: [0, 0.4] }), null)
  assert.equal(objectDeletion.measure({ attribution: [1, 2], fall: [0.3, 0.3] }), null)
})
