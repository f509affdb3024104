import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paintBackground } from './background.ts'
import type { Random } from './random.ts'
import { randomStream } from './random-stream.ts'

/** Random numbers that are all in the middle of their range, but for what is given. */
const still = (given: Partial<Random>): Random => ({
  uniform: (low, high) => (low + high) / 2,
  below: n => Math.floor(n / 2),
  chance: () => false,
  normal: () => 0,
  pick: ([first]) => first!,
  shuffled: items => [...items],
  ...given,
})

test('without noise and grating a background is one colour', () => {
  assert.deepEqual(new Set(paintBackground(still({}), 32)), new Set([127.5]))
})

test('the same normal everywhere raises the whole background', () => {
  const raised = 127.5 + [2, 4, 8, 16, 32].reduce((sum, cells) => sum + (60 * 1) / Math.sqrt(cells), 0)
  for (const value of paintBackground(still({ normal: () => 1 }), 40)) assert.ok(Math.abs(value - raised) < 1e-3)
})

test('noise passes through its knots: corners of the image are corners of the grid', () => {
  let draw = 0
  const background = paintBackground(still({ normal: () => (draw++ === 0 ? 1 : 0) }), 65)
  assert.ok(Math.abs(background[0]! - (127.5 + 60 / Math.sqrt(2))) < 1e-3)
  assert.equal(background[64 * 3], 127.5)
})

test('a grating is a sine along its angle', () => {
  // angle pi / 2, frequency 0.275 rad/px at 224 px, amplitude 30, colour 1
  const random = still({ chance: p => p === 0.3, uniform: (low, high) => (low === -1 ? 1 : (low + high) / 2) })
  const background = paintBackground(random, 112)
  for (const [row, column] of [
    [0, 0],
    [1, 0],
    [5, 9],
    [77, 100],
  ] as const) {
    const expected = 127.5 + 30 * Math.sin(row * 0.55)
    assert.ok(Math.abs(background[(row * 112 + column) * 3]! - expected) < 1e-3)
  }
})

test('values are clipped to 0 .. 255', () => {
  const background = paintBackground(randomStream('clip', 5), 64)
  assert.ok(background.every(value => value >= 0 && value <= 255))
})

test('the same stream gives the same picture in another resolution', () => {
  const [small, large] = [paintBackground(randomStream('size'), 57), paintBackground(randomStream('size'), 113)]
  for (const corner of [0, 1, 2]) assert.ok(Math.abs(small[corner]! - large[corner]!) < 1e-3)
  const mean = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / values.length
  assert.ok(Math.abs(mean(small) - mean(large)) < 3)
})
