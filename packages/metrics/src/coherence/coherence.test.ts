import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rankMap } from '../faithfulness/perturbation.ts'
import { mapOf } from '../testing/scenes.ts'
import { pixelGroups } from './pixel-groups.ts'
import saco from './saco.ts'

test('SaCo weighs each pair of groups by the difference of their sums', () => {
  // Pairs: 3-2 against, 3-1 and 2-1 for: (-1 + 2 + 1) / 4.
  assert.equal(saco.measure({ attribution: [3, 2, 1], fall: [0.2, 0.4, 0.1] }), 0.5)
  assert.equal(saco.measure({ attribution: [3, 2, 1], fall: [0.3, 0.2, 0.1] }), 1)
  assert.equal(saco.measure({ attribution: [3, 2, 1], fall: [0.1, 0.2, 0.3] }), -1)
  assert.equal(saco.measure({ attribution: [2, 2, 2], fall: [0.1, 0.2, 0.3] }), null)
})

test('groups part all pixels, the highest first', () => {
  const size = { width: 28, height: 28 }
  const ranked = rankMap(
    mapOf((row, column) => row * 14 + column),
    size,
    3,
  )
  assert.ok(ranked.state === 'ok')
  const { masks, attribution } = pixelGroups({ targets: ['predicted'], images: 'all', groups: 10 }, ranked)
  const taken = masks.map(mask => mask.reduce((sum, pixel) => sum + pixel, 0))
  assert.ok(taken.every(count => count === 78 || count === 79))
  for (let p = 0; p < 784; p++) assert.equal(masks.filter(mask => mask[p] === 1).length, 1)
  assert.deepEqual(
    attribution.toSorted((a, b) => b - a),
    attribution,
  )
})
