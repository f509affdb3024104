import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Filter, resizeAntialiased, resizeBilinearAntialiased } from './resize.ts'

interface Case {
  readonly width: number
  readonly height: number
  readonly to: readonly [number, number]
  readonly data: number[]
  readonly expected: number[]
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/resize.json', import.meta.url), 'utf8'),
)

for (const { width, height, to, data, expected } of cases)
  test(`${width} x ${height} to ${to.join(' x ')} is Pillow's to the last bit`, () => {
    const { data: found } = resizeBilinearAntialiased({ width, height, data: Uint8Array.from(data) }, ...to)
    assert.deepEqual([...found], expected)
  })

test('pixels that do not fill the size are refused', () => {
  assert.throws(() => resizeBilinearAntialiased({ width: 4, height: 4, data: new Uint8Array(5) }, 2, 2), {
    name: 'ModelError',
  })
})

const { cases: filtered }: { cases: (Case & { readonly filter: Filter })[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/resize-filters.json', import.meta.url), 'utf8'),
)

for (const { width, height, to, filter, data, expected } of filtered)
  test(`${filter}, ${width} x ${height} to ${to.join(' x ')} is Pillow's to the last bit`, () => {
    const { data: found } = resizeAntialiased({ width, height, data: Uint8Array.from(data) }, ...to, filter)
    assert.deepEqual([...found], expected)
  })
