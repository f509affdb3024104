import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxAround } from './box.ts'

const size = { width: 5, height: 3 }
const mask = (...pixels: number[]) => Uint8Array.from({ length: 15 }, (_, p) => Number(pixels.includes(p)))

test('the box around a mask touches its outermost pixels', () => {
  assert.deepEqual(boxAround(mask(6, 13), size), [1, 1, 4, 3])
  assert.deepEqual(boxAround(mask(0, 14), size), [0, 0, 5, 3])
})

test('around nothing there is a box without extent', () => {
  const [left, top, right, bottom] = boxAround(mask(), size)
  assert.deepEqual([right - left, bottom - top], [0, 0])
})
