import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapOf } from '../testing/scenes.ts'
import { measureMosaic } from './measure-mosaic.ts'

const quadrant = (row: number, column: number) => 2 * Number(row >= 7) + Number(column >= 7)
const only = (own: number) => mapOf((row, column) => Number(quadrant(row, column) === own))
const value = (...maps: Parameters<typeof measureMosaic>[0]) => {
  const found = measureMosaic(maps)
  assert.ok(found.state === 'ok')
  return found.values['grid-pointing']
}

test('a map of each class in its own picture has 1, the same map for all a quarter, and in other pictures 0', () => {
  assert.equal(value(only(0), only(1), only(2), only(3)), 1)
  const same = mapOf((row, column) => row * 14 + column)
  assert.ok(Math.abs(Number(value(same, same, same, same)) - 0.25) < 1e-12)
  assert.equal(value(only(1), only(2), only(3), only(0)), 0)
  // Three of four parts of the mass of the first map are where they should be.
  const most = mapOf((row, column) => [3, 1, 0, 0][quadrant(row, column)]!)
  assert.equal(value(most, only(1), only(2), only(3)), (0.75 + 3) / 4)
})

test('negative values of a signed map have no mass; flat maps and NaN are states', () => {
  const signed = mapOf((row, column) => (quadrant(row, column) === 0 ? 1 : -5), { signed: true })
  assert.equal(value(signed, only(1), only(2), only(3)), 1)
  assert.deepEqual(measureMosaic([mapOf(() => 1), only(1)]), { state: 'flat' })
  assert.deepEqual(measureMosaic([only(0), mapOf(row => (row === 1 ? Number.NaN : 1))]), { state: 'nan' })
})
