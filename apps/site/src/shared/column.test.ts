import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metrics } from '@vitrine/metrics'
import { cellsOf } from './column.ts'
import { rankRows } from './rank.ts'

const images = 12
const row = (id: string, level: number, role: 'method' | 'control' | 'truth' = 'method') => ({
  id,
  control: role !== 'method',
  toldTruth: role === 'truth',
  values: Array.from({ length: images }, (_, i) => level + 0.01 * Math.sin(i)),
})
const rows = [row('good', 0.6), row('bad', 0.1), row('flat', 0.2, 'control'), row('mask', 0.9, 'truth')]
const cells = (id: 'average-precision' | 'effective-area' | 'frozen-share') =>
  cellsOf(rankRows(rows, metrics[id].direction), metrics[id], {
    toldTruth: new Set(['mask']),
    leftOut: new Map([['bad', { flat: 3 }]]),
    passes: new Map(),
    nameOf: name => name,
  })

test('a cell is shaded from the best control to the truth, and below the control it is worse', () => {
  const found = cells('average-precision')
  const fill = (id: string) => Number(found.get(id)?.fill?.toFixed(2))
  assert.deepEqual(['mask', 'good', 'flat', 'bad'].map(fill), [1, 0.57, 0, -0.14])
})

test('the interval is in the cell, and a count where images are left out', () => {
  const found = cells('average-precision')
  assert.match(found.get('good')?.around ?? '', /^±\.\d+$/)
  assert.equal(found.get('good')?.missing, '')
  assert.equal(found.get('bad')?.missing, '12 of 15')
  assert.match(
    found.get('bad')?.notes ?? '',
    /does not beat flat by more than chance; mean over 12 images, without 3 flat maps/,
  )
})

test('a description has no best, no rank, no grey and no shade', () => {
  for (const { mark, ranks, weak, fill } of cells('effective-area').values())
    assert.deepEqual({ mark, ranks, weak, fill }, { mark: null, ranks: '', weak: false, fill: null })
})

test('the row that is told the truth is empty where it means nothing', () => {
  assert.equal(cells('frozen-share').get('mask')?.value, null)
  assert.match(cells('frozen-share').get('mask')?.notes ?? '', /means nothing/)
  assert.ok(cells('average-precision').get('mask')?.value)
})
