import assert from 'node:assert/strict'
import { test } from 'node:test'
import { followPaths } from './follow-paths.ts'

test('a path keeps the similarity of its maps to the first, and what ranks nothing has none', () => {
  const found = followPaths(
    [
      [1, 2, 3],
      [2, 4, 6],
      [3, 2, 1],
      [1, 1, 1],
      [1, Number.NaN, 2],
    ],
    [0.9, 0.8, 0.1, 0.1, 0.1],
  )
  assert.ok(found.state === 'ok')
  assert.deepEqual(
    found.values.similarity.map(value => value && Math.round(value * 1e9) / 1e9),
    [1, 1, -1, null, null],
  )
  assert.deepEqual(
    followPaths(
      [
        [1, 1],
        [1, 2],
      ],
      [1, 1],
    ),
    { state: 'flat' },
  )
  assert.deepEqual(
    followPaths(
      [
        [1, Number.NaN],
        [1, 2],
      ],
      [1, 1],
    ),
    { state: 'nan' },
  )
})
