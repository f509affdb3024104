import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeMap, encodeMap, RecordError } from './index.ts'

test('a map comes back within half a level', () => {
  for (const scale of [1e-20, 0.001, 1, 12345.678, 1e20]) {
    const values = Float32Array.from({ length: 196 }, (_, i) => Math.sin(i * 1.7) * scale + 0.3 * scale)
    const map = encodeMap(values, 14, 14)
    const bound = ((map.max - map.min) / 510) * (1 + 1e-9)
    for (const [i, value] of decodeMap(map).values.entries()) assert.ok(Math.abs(value - (values[i] ?? 0)) <= bound)
  }
})

test('the range is rounded outwards to 6 significant digits', () => {
  const { min, max } = encodeMap([-1.23456789, 9.87654321], 1, 2)
  assert.deepEqual([min, max], [-1.23457, 9.87655])
})

test('a byte is a level between minimum and maximum', () => {
  const { data } = encodeMap([0, 1, 0.2, 0.6], 2, 2)
  assert.deepEqual([...Buffer.from(data, 'base64')], [0, 255, 51, 153])
})

test('a flat map of a short number comes back exactly', () => {
  assert.deepEqual([...decodeMap(encodeMap([0.25, 0.25], 1, 2)).values], [0.25, 0.25])
})

test('a map with a NaN is refused and its place is named', () => {
  assert.throws(() => encodeMap([0, Number.NaN], 1, 2), { name: 'RecordError', field: 'map[1]', found: 'NaN' })
})

test('a map of another shape is refused', () => {
  assert.throws(() => encodeMap([1, 2, 3], 2, 2), /expected 2 x 2 = 4 values, at least one, found 3/)
})

test('data of another length is refused', () => {
  const map = { ...encodeMap([1, 2], 1, 2), rows: 2 }
  assert.throws(() => decodeMap(map), RecordError)
})
