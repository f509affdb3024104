import assert from 'node:assert/strict'
import test from 'node:test'
import { byValue } from './order.ts'

test('items are in the order of their values, over all digits of a float', () => {
  const values = Float32Array.of(3e38, 1, 0, 1 + 2 ** -23, 1e-45, 0.5, 7e4)
  const items = Uint32Array.from(values.keys())
  assert.deepEqual([...byValue(values, items, 'ascending')], [2, 4, 5, 1, 3, 6, 0])
  assert.deepEqual([...byValue(values, items, 'descending')], [0, 6, 3, 1, 5, 4, 2])
})

test('equal values keep the order in which their items are given, in both directions', () => {
  const values = Float32Array.of(1, 0, 1, 0, 1)
  const items = Uint32Array.of(4, 3, 0, 2, 1)
  assert.deepEqual([...byValue(values, items, 'ascending')], [3, 1, 4, 0, 2])
  assert.deepEqual([...byValue(values, items, 'descending')], [4, 0, 2, 3, 1])
  assert.deepEqual([...items], [4, 3, 0, 2, 1])
})
