import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meanOf, median, nearestThreshold } from './numbers.ts'

test('the threshold nearest to 0.5 may be below it, and of two the lower one is taken', () => {
  assert.equal(nearestThreshold([0.2, 0.45, 0.8]), 1)
  assert.equal(nearestThreshold([0.1, 0.3]), 1)
  assert.equal(nearestThreshold([0.25, 0.75]), 0)
  assert.equal(nearestThreshold([0.1, 0.2, 0.7], 0.15), 0)
  assert.equal(nearestThreshold([]), -1)
})

test('the median of an even count is between the middle ones', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([]), Number.NaN)
})

test('the mean is of the numbers that are there', () => {
  assert.equal(meanOf([1, null, 2]), 1.5)
  assert.equal(meanOf([null]), Number.NaN)
})
