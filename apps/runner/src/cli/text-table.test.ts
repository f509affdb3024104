import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alignedRows, type Column, textTable } from './text-table.ts'

const columns: Column[] = [
  { head: 'method', align: 'left' },
  { head: 'IoU' },
  { head: 'rank', drop: 1, name: 'rank by IoU' },
  { head: 'passes', drop: 2 },
]
const rows = [
  ['agcam', '0.358', '1', '12.7'],
  ['center-gaussian', '0.208', '2', '11.0'],
]

test('columns are as wide as their widest cell; words stand on the left and numbers on the right', () => {
  assert.equal(
    textTable(columns, rows),
    [
      'method             IoU  rank  passes',
      '---------------  -----  ----  ------',
      'agcam            0.358     1    12.7',
      'center-gaussian  0.208     2    11.0',
    ].join('\n'),
  )
})

test('where there is no room columns are left out, the least telling first, and named', () => {
  const lines = textTable(columns, rows, 30).split('\n')
  assert.deepEqual(lines, [
    'method             IoU  rank',
    '---------------  -----  ----',
    'agcam            0.358     1',
    'center-gaussian  0.208     2',
    'no room for passes: --wide prints all columns',
  ])
  assert.match(textTable(columns, rows, 25), /no room for rank by IoU, passes: --wide/)
})

test('no line of a table is longer than the terminal while the names keep twelve signs', () => {
  for (let room = 19; room < 60; room++)
    for (const line of textTable(columns, rows, room).split('\n').slice(0, -1)) assert.ok(line.length <= room, line)
})

test('a wide sign takes two columns, and control characters none of their power', () => {
  const [, , first, second] = textTable(
    [{ head: 'class', align: 'left' }, { head: 'n' }],
    [
      ['猫', '1'],
      ['\u001b[2J', '2'],
    ],
  ).split('\n')
  assert.equal(first, `猫${' '.repeat(7)}  1`)
  assert.equal(second, '\\u{1b}[2J  2')
})

test('rows without a head are aligned to their widest words', () => {
  const aligned = alignedRows([
    ['mean', '0.5', 'assumed'],
    ['grid', '14 x 14', ''],
  ])
  assert.deepEqual(aligned, ['mean  0.5      assumed', 'grid  14 x 14'])
})
