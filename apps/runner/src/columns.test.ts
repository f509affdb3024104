import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImageColumns } from '@vitrine/metrics'
import { fromColumns, toCells } from './columns.ts'

test('what is stored of images is what was measured', () => {
  const counts = { tp: [1, 2], fp: [3, 4], fn: [5, 6], tn: [7, 8] }
  const images: ImageColumns[] = [
    {
      correct: true,
      localization: { predicted: { state: 'ok', ...counts } },
      faithfulness: { label: { state: 'flat' } },
    },
    {
      correct: false,
      localization: { predicted: { state: 'nan' } },
      faithfulness: { label: { state: 'ok', morf: [0.9, 0.1], lerf: [0.9, 0.8] } },
    },
  ]
  const cells = images.map(toCells)
  const columns = Object.fromEntries(Object.keys(cells[0] ?? {}).map(name => [name, cells.map(c => c[name])]))
  assert.deepEqual(fromColumns(columns), images)
})
