import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson } from '../testing/reference.ts'
import { resizeBilinear } from './resize.ts'

interface Case {
  rows: number
  columns: number
  height: number
  width: number
  values: number[]
  resized: number[]
}

for (const { rows, columns, height, width, values, resized } of readJson<Case[]>('resize.json')) {
  // Where height + width <= 128 torch rounds in another order, source coordinates (up to 14: steps of 1e-6) included.
  const tolerance = height + width > 128 ? 0 : 1e-5
  test(`${rows}x${columns} to ${height}x${width} is what torch interpolates, within ${tolerance}`, () => {
    const got = resizeBilinear(Float32Array.from(values), rows, columns, height, width)
    assert.equal(got.length, resized.length)
    for (const [i, expected] of resized.entries()) {
      assert.ok(Math.abs(got[i]! - expected) <= tolerance, `at ${i}: expected ${expected}, got ${got[i]}`)
    }
  })
}

test('a map of the size asked for comes back as it is', () => {
  const values = Float32Array.from([0.1, -3, 7e-9, 42, 0.3, 1])
  assert.deepEqual(resizeBilinear(values, 2, 3, 2, 3), values)
})
