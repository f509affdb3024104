import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normals, randomSource, shuffled, uniform, wholeBelow } from './random.ts'

test('a seed decides the numbers', () => {
  const drawn = (seed: number) => {
    const source = randomSource(seed)
    return [uniform(source), wholeBelow(source, 1000), ...shuffled(20, seed), ...normals(5, seed)]
  }
  assert.deepEqual(drawn(3), drawn(3))
  assert.notDeepEqual(drawn(3), drawn(4))
})

test('a shuffle holds every number once', () => {
  assert.deepEqual(
    [...shuffled(50, 1)].sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  )
})

test('whole numbers stay below the limit and reach every value', () => {
  const source = randomSource(2)
  const drawn = new Set(Array.from({ length: 200 }, () => wholeBelow(source, 4)))
  assert.deepEqual([...drawn].sort(), [0, 1, 2, 3])
})

test('normal numbers have the moments of a standard normal distribution', () => {
  const values = Array.from(normals(20_001, 7))
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length
  // Standard errors of the first, second and fourth moments: 0.007, 0.01, 0.07.
  assert.ok(Math.abs(moment(1)) < 0.03)
  assert.ok(Math.abs(moment(2) - 1) < 0.04)
  assert.ok(Math.abs(moment(4) - 3) < 0.3)
})
