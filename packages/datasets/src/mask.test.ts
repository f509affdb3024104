import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskObject } from './mask.ts'

test('the box is the smallest around the pixels', () => {
  const [object] = maskObject(3, 4, 3, p => p === 5 || p === 10)
  assert.deepEqual(object, { label: 3, box: [1, 1, 3, 3], mask: Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]) })
})

test('without a pixel there is no object', () => {
  assert.deepEqual(
    maskObject(0, 4, 3, () => false),
    [],
  )
})
