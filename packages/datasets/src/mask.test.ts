import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxAround, maskObject, maskOf, pixelsOfRuns, resizeMask, runsOf } from './mask.ts'

const size = { width: 4, height: 3 }

test('the box is the smallest around the pixels', () => {
  const mask = maskOf(size, p => p === 5 || p === 10)
  assert.deepEqual(mask, Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]))
  assert.deepEqual(boxAround(mask, size), [1, 1, 3, 3])
  assert.deepEqual(maskObject(3, mask, size), [{ label: 3, box: [1, 1, 3, 3], mask }])
})

test('without a pixel there is no object', () => {
  const mask = maskOf(size, () => false)
  assert.deepEqual(boxAround(mask, size), [4, 3, 0, 0])
  assert.deepEqual(maskObject(0, mask, size), [])
})

test('a mask of another size takes the nearest pixels', () => {
  const small = Uint8Array.from([1, 0, 0, 1])
  assert.deepEqual(
    [...resizeMask(small, { width: 2, height: 2 }, { width: 4, height: 4 })],
    [...[1, 1, 0, 0], ...[1, 1, 0, 0], ...[0, 0, 1, 1], ...[0, 0, 1, 1]],
  )
  assert.deepEqual([...resizeMask(small, { width: 2, height: 2 }, { width: 1, height: 1 })], [1])
})

test('runs begin outside of the mask, and bring it back', () => {
  for (const [mask, runs] of [
    [
      [0, 0, 1, 1, 1, 0],
      [2, 3, 1],
    ],
    [
      [1, 0, 1],
      [0, 1, 1, 1],
    ],
    [[0, 0], [2]],
    [[], [0]],
  ] as const) {
    assert.deepEqual(runsOf(Uint8Array.from(mask)), runs)
    assert.deepEqual([...pixelsOfRuns(runs, mask.length)], mask)
  }
})

test('runs that are no lengths or have another sum are refused', () => {
  assert.throws(() => pixelsOfRuns([-5, 40], 35), /expected lengths of runs, whole numbers from 0, got -5/)
  assert.throws(() => pixelsOfRuns([0.5, 0.5], 1), /whole numbers from 0, got 0.5/)
  assert.throws(() => pixelsOfRuns([2, 3], 6), /expected runs of 6 pixels, got 5 pixels/)
})
