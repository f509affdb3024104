import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareAll, isDecided } from './compare.ts'

const images = 40
const noise = (i: number, seed: number) => Math.sin(seed + 7.3 * i)
const reference = Array.from({ length: images }, (_, i) => 0.5 + 0.1 * noise(i, 1))
const apart = (by: number, seed: number) => reference.map((value, i) => value + by + 0.1 * noise(i, seed))

test('a great difference is decided, corrected or not, and two images would do; none is undecided', () => {
  const [great, none] = compareAll([
    [reference.map(value => value + 1), reference],
    [reference, reference],
  ])
  assert.ok(great && none)
  assert.ok(isDecided(great, false) && isDecided(great, true))
  assert.equal(great.needed, 2)
  assert.ok(!isDecided(none, false) && !isDecided(none, true))
  assert.equal(none.needed, null)
})

test('a difference that is decided alone may not be among many', () => {
  // The difference is 2.6 standard errors, p about 0.01; among 20 comparisons the least is multiplied by 20.
  const small = apart(0.029, 2)
  const [alone] = compareAll([[small, reference]])
  const many = compareAll([
    [small, reference],
    ...Array.from({ length: 19 }, (_, i) => [apart(0, 10 + i), reference] as const),
  ])
  assert.ok(alone && many[0])
  assert.ok(isDecided(alone, true) && isDecided(many[0], false))
  assert.ok(!isDecided(many[0], true), `${many[0].holm}`)
})

test('a difference that is half as great takes four times the images', () => {
  const [one, half] = compareAll([
    [reference.map((v, i) => v + 0.1 + 0.2 * noise(i, 5)), reference],
    [reference.map((v, i) => v + 0.05 + 0.2 * noise(i, 5)), reference],
  ])
  const ratio = (half?.needed ?? 0) / (one?.needed ?? 1)
  assert.ok(ratio > 3 && ratio < 5.5, `${one?.needed}, ${half?.needed}`)
})
