import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import type { ImageRow } from '@vitrine/records'
import { packRows, unpackRows } from './rows.ts'

const row: ImageRow = {
  ...{ unit: 'a', index: 3, id: 'ä', label: 1, predicted: 2, probability: 0.1 + 0.2 },
  values: { least: Number.MIN_VALUE, most: Number.MAX_VALUE, list: [1 / 3, null, true, 'x'], map: { rows: 1 } },
  maps: { predicted: Float32Array.of(1e-45, -3.4e38, 1 / 3), label: new Float32Array(0) },
}

test('rows arrive to the last bit', () => {
  const { maps: _, ...bare } = row
  assert.deepEqual(packRows([row, bare]).flatMap(unpackRows), [row, bare])
})

test('a map that is part of a larger buffer is sent alone', () => {
  const whole = Float32Array.of(1, 2, 3, 4)
  const [found] = packRows([{ ...row, maps: { predicted: whole.subarray(1, 3) } }]).flatMap(unpackRows)
  assert.deepEqual(found?.maps, { predicted: Float32Array.of(2, 3) })
})

test('rows of more than a megabyte are several chunks', () => {
  const long = { ...row, values: { text: 'x'.repeat(600_000) } }
  const chunks = packRows([long, long, long])
  assert.equal(chunks.length, 3)
  assert.deepEqual(chunks.flatMap(unpackRows), [long, long, long])
})

for (const [what, bytes] of Object.entries({
  'no compressed bytes': Buffer.from('rows'),
  'no JSON': zstdCompressSync('rows'),
  'another thing': zstdCompressSync('[{"unit":1}]'),
  'a number that is none': zstdCompressSync(JSON.stringify([{ ...row, maps: {}, probability: null }])),
}))
  test(`a chunk of ${what} is no rows`, () => {
    assert.throws(() => unpackRows(bytes))
  })
