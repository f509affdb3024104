import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadEntries } from '../load/records.ts'
import { boardsOf, firstMeasures, leadMeasure, neighbour, settingKeys, shortKey } from './boards.ts'

const results = fileURLToPath(new URL('../../../../../results', import.meta.url))
const boards = boardsOf(await loadEntries(results))
const big = boards.find(b => b.entries[0]?.dataset.id === 'icon-scenes' && b.images.index.length === 64)

test('a board is sorted by a measure without a threshold', () => {
  for (const board of boards) {
    const lead = leadMeasure(board)
    assert.ok(lead)
    assert.equal(lead.perThreshold, false, board.path)
  }
})

test('IoU at the best threshold of each method stands beside average precision', () => {
  assert.ok(big)
  assert.deepEqual(firstMeasures(big).slice(0, 3).map(shortKey), ['average-precision', 'iou@best', 'abpc'])
})

test('changing the protocol or the engine stays on the same dataset where it can', () => {
  assert.ok(big)
  for (const key of settingKeys.filter(k => k !== 'dataset')) {
    for (const value of new Set(boards.map(b => b.setting[key]))) {
      const there = boards.some(b => b.setting[key] === value && b.entries[0]?.dataset.id === 'icon-scenes')
      const found = neighbour(boards, big.setting, key, value)
      if (there) assert.equal(found?.entries[0]?.dataset.id, 'icon-scenes', `${key} ${value}`)
    }
  }
})
