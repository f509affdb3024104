import assert from 'node:assert/strict'
import { test } from 'node:test'
import { positionsOf } from './slice.ts'

test('shards part the first images among them, every one once', () => {
  assert.deepEqual(positionsOf({ shard: 1, of: 1, images: 4 }), [0, 1, 2, 3])
  const parts = [1, 2, 3].map(shard => positionsOf({ shard, of: 3, images: 8 }))
  assert.deepEqual(parts, [
    [0, 3, 6],
    [1, 4, 7],
    [2, 5],
  ])
  assert.deepEqual(positionsOf({ shard: 3, of: 3, images: 2 }), [])
})
