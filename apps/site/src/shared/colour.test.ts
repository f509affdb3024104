import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diverging, painted, sequential } from './colour.ts'

const signed = { signed: true, scale: 'relative' } as const
const plain = { signed: false, scale: 'relative' } as const

test('a signed map of both signs is drawn around zero', () => {
  const { at, colours, ends } = painted([-1, 0, 2], signed)
  assert.deepEqual([...at], [0.25, 0.5, 1])
  assert.equal(colours, diverging)
  assert.deepEqual(ends, [-2, 2])
})

test('a signed map of one sign is drawn from its least value to its greatest', () => {
  const { at, colours, ends } = painted([2, 3, 4], signed)
  assert.deepEqual([...at], [0, 0.5, 1])
  assert.equal(colours, sequential)
  assert.deepEqual(ends, [2, 4])
})

test('a unit map is drawn as it is, a constant one too', () => {
  assert.deepEqual([...painted([0.25, 0.5], { signed: false, scale: 'unit' }).at], [0.25, 0.5])
  assert.deepEqual([...painted([1, 1], plain).at], [1, 1])
})
