import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fractions } from '../testing/numbers.ts'
import { boxScene, cells, mapOf } from '../testing/scenes.ts'
import type { Box, Heatmap } from '../types.ts'
import { measurePair } from './measure-pair.ts'

const near = (found: number | null | undefined, expected: number, error: number) =>
  assert.ok(typeof found === 'number' && Math.abs(found - expected) <= error, `${found}, expected ${expected}`)

const object: Box = [4, 5, 9, 10]
const scene = boxScene(object)
const irregular = fractions(cells * cells, 1)
const constructed = {
  noise: mapOf((row, column) => irregular[cells * row + column]!),
  mask: mapOf((row, column) => Number(row >= 5 && row < 10 && column >= 4 && column < 9)),
  uniform: mapOf(() => 1, { scale: 'unit' }),
}

test('classes are told apart by maps that differ with them, and by no others', () => {
  const elsewhere: Box = [10, 1, 13, 4]
  const other = boxScene(elsewhere)
  const otherMask = mapOf((row, column) => Number(row >= 1 && row < 4 && column >= 10 && column < 13))
  const pair = (first: Heatmap, second: Heatmap) => {
    const found = measurePair({ heatmap: first, scene }, { heatmap: second, scene: other })
    assert.ok(found.state === 'ok')
    return found.values
  }
  const perfect = pair(constructed.mask, otherMask)
  assert.ok(perfect['mass-difference']! > 0.6)
  assert.equal(perfect['pointing-both'], 1)
  assert.ok(perfect['class-change']! > 1)
  for (const same of [constructed.mask, constructed.noise, constructed.uniform]) {
    const agnostic = pair(same, same)
    assert.equal(agnostic['mass-difference'], 0)
    assert.ok(agnostic['pointing-both']! <= 0.5)
    assert.ok(agnostic['class-change'] === null || Math.abs(agnostic['class-change']!) < 1e-12)
  }
  const { noise } = constructed
  const rounded = {
    ...noise,
    values: Array.from(noise.values, (value, i) => value * (1 + (i % 2 === 0 ? 1e-8 : -1e-8))),
  }
  assert.equal(pair(noise, rounded)['mass-difference'], 0)
  const swapped = pair(otherMask, constructed.mask)
  near(swapped['mass-difference'], -perfect['mass-difference']!, 1e-6)
  assert.equal(swapped['pointing-both'], 0)
})

test('a flat map of one class leaves the pair without numbers', () => {
  const found = measurePair({ heatmap: constructed.mask, scene }, { heatmap: mapOf(() => 3), scene })
  assert.deepEqual(found, { state: 'flat' })
})
