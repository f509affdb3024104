import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImageColumns } from '@vitrine/metrics'
import { flatSummary, fromColumns, toCells, unreadableCells, unreadableIn } from './columns.ts'

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

test('an image that cannot be read is in no mean, and counted', () => {
  const readable = toCells({ correct: true, localization: { predicted: { state: 'flat' } }, faithfulness: {} })
  const rows = [unreadableCells('no image'), readable]
  const names = new Set(rows.flatMap(row => Object.keys(row)))
  const columns = Object.fromEntries([...names].map(name => [name, rows.map(row => row[name] ?? null)]))
  assert.equal(fromColumns(columns).length, 1)
  assert.deepEqual(unreadableIn(columns), [{ at: 0, problem: 'no image' }])
  assert.deepEqual(flatSummary({ localization: {}, faithfulness: {} }, columns).counts, { unreadable: 1 })
})
