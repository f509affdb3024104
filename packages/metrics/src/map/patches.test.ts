import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onPatches } from './patches.ts'

const grid = { rows: 1, columns: 2 }
const size = { width: 4, height: 2 }

test('a map with a value for each patch is taken as it is', () => {
  const map = { rows: 1, columns: 2, values: [3, 1], scale: 'relative' } as const
  assert.equal(onPatches(map, grid, size), map)
})

test('of a finer map, the mean over the pixels of each patch', () => {
  // Normalised: 0, 1/8, 1/4, 3/8 above and 1/2, 5/8, 3/4, 1 below.
  const map = { rows: 2, columns: 4, values: [0, 1, 2, 3, 4, 5, 6, 8], scale: 'relative' } as const
  const { values, rows, columns } = onPatches(map, grid, size)
  assert.deepEqual([rows, columns, ...Array.from(values)], [1, 2, (0 + 1 + 4 + 5) / 32, (2 + 3 + 6 + 8) / 32])
})
