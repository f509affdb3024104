import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapOf } from '../testing/scenes.ts'
import type { Heatmap } from '../types.ts'
import { measureRobustness } from './measure-robustness.ts'
import { imageDistance, neighbours } from './neighbours.ts'

const unit = (values: readonly number[], more: Partial<Heatmap> = {}): Heatmap => ({
  ...{ rows: 1, columns: values.length, values, scale: 'relative', signed: true },
  ...more,
})

test('draws lie within their radius, which grows from draw to draw to the greatest, and are the same for the same seed', () => {
  const input = Float32Array.from({ length: 3000 }, (_, i) => (i % 7) - 3)
  const rules = { radius: 0.2, draws: 5 }
  const drawn = [...neighbours(rules, input, 3)]
  assert.equal(drawn.length, 5)
  for (const [i, image] of drawn.entries()) {
    const radius = (0.2 * (i + 1)) / 5
    const most = image.reduce((far, value, p) => Math.max(far, Math.abs(value - input[p]!)), 0)
    assert.ok(most <= radius + 1e-6 && most > 0.99 * radius, `draw ${i}: ${most} of ${radius}`)
    // A uniform number between -r and r has the variance r^2 / 3.
    assert.ok(Math.abs(imageDistance(image, input) / (radius / Math.sqrt(3)) - 1) < 0.05)
  }
  assert.deepEqual([...neighbours(rules, input, 3)], drawn)
  assert.notDeepEqual([...neighbours(rules, input, 4)][0], drawn[0])
})

test('distances are those of maps at unit norm, by hand', () => {
  // At unit norm: (0.6, 0.8), (0.8, 0.6) and (0.6, -0.8). Distances: sqrt(0.08), and 1.6.
  const found = measureRobustness(unit([3, 4]), [
    { heatmap: unit([8, 6]), distance: 0.1 },
    { heatmap: unit([0.3, -0.4]), distance: 0.8 },
  ])
  assert.ok(found.state === 'ok')
  assert.ok(Math.abs(Number(found.values['max-sensitivity']) - 1.6) < 1e-12)
  assert.ok(Math.abs(Number(found.values['local-lipschitz']) - Math.sqrt(0.08) / 0.1) < 1e-12)
})

test('only what a map says counts: neither the scale of a map, nor where an unsigned map begins', () => {
  const unsigned = { signed: false }
  const found = measureRobustness(unit([1, 2, 4], unsigned), [{ heatmap: unit([12, 14, 18], unsigned), distance: 0.1 }])
  assert.ok(found.state === 'ok')
  assert.ok(Number(found.values['max-sensitivity']) < 1e-12)
})

test('flat maps and NaN are states', () => {
  const close = (values: readonly number[]) => [{ heatmap: unit(values), distance: 0.1 }]
  assert.deepEqual(measureRobustness(unit([1, 1]), close([1, 2])), { state: 'flat' })
  assert.deepEqual(measureRobustness(unit([1, 2]), close([3, 3])), { state: 'flat' })
  assert.deepEqual(
    measureRobustness(
      mapOf(row => row),
      [{ heatmap: mapOf(row => (row === 1 ? Number.NaN : row)), distance: 0.1 }],
    ),
    { state: 'nan' },
  )
})
