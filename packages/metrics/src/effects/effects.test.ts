import assert from 'node:assert/strict'
import { test } from 'node:test'
import saco from '../coherence/saco.ts'
import { fractions } from '../testing/numbers.ts'
import { readJson } from '../testing/reference.ts'
import { cells, mapOf } from '../testing/scenes.ts'
import type { Heatmap } from '../types.ts'
import type { Effects } from './effects.ts'
import { type ImageRegions, listRegions, measureEffects, regionCount, regionMask, regionsOf } from './regions.ts'

/** See `fixtures/effects.make.py`: a random ViT without regions of its images. */
interface Case {
  readonly name: string
  readonly map: readonly number[]
  readonly single: Effects
  readonly sets: readonly (Effects & { readonly share: number; readonly sets: readonly (readonly number[])[] })[]
  readonly groups: Effects
  readonly scipy: Readonly<
    Record<'single-deletion' | 'sensitivity-n' | 'faithfulness-correlation' | 'mu-fidelity', number>
  >
  readonly captum: { readonly infidelity: number; readonly scale: number }
  readonly published: { readonly saco: number }
}

const near = (found: number | null | undefined, expected: number, error: number, what: string) =>
  assert.ok(typeof found === 'number' && Math.abs(found - expected) <= error, `${what}: ${found}, expected ${expected}`)

const grid = { width: 14, height: 14 }
const coarse = { width: 4, height: 4 }
const single = { grid: coarse, sets: Array.from({ length: 16 }, (_, cell) => Uint32Array.of(cell)) }

for (const { name, map, single: alone, sets, groups, scipy, captum, published } of readJson<Case[]>('effects.json')) {
  test(`${name}: scipy's correlations, captum's infidelity and the published SaCo`, () => {
    const heatmap: Heatmap = { rows: 14, columns: 14, values: map, scale: 'relative' }
    const regions: ImageRegions = {
      single,
      sets: sets.map(({ share, sets }) => ({ share, grid, sets: sets.map(set => Uint32Array.from(set)) })),
      fidelity: 0.2,
    }
    const found = measureEffects(heatmap, regions, [...alone.fall, ...sets.flatMap(({ fall }) => fall)])
    assert.ok(found.state === 'ok')
    for (const [id, expected] of Object.entries(scipy)) near(found.values[id], expected, 1e-9, id)
    // captum scales by what fits best, negative or not.
    assert.ok(captum.scale > 0)
    near(found.values.infidelity, captum.infidelity, 1e-9, 'infidelity')
    near(saco.measure(groups), published.saco, 1e-9, 'saco')
  })
}

const rules = { targets: ['predicted'], images: 'all', grid: 4, shares: [0.2, 0.5], fidelity: 0.2, draws: 20 } as const
const regions = regionsOf(rules, grid, 7)

/** By how much a model falls whose score is the sum of a weight per patch: the pixels of a region, each with its patch's weight. */
function fallsOf(weights: readonly number[]): number[] {
  const side = 56
  return listRegions(regions).map(region =>
    regionMask(region, { width: side, height: side }).reduce((sum, taken, p) => {
      const patch = Math.floor(Math.floor(p / side) / 4) * cells + Math.floor((p % side) / 4)
      return taken === 1 ? sum + weights[patch]! / 16 : sum
    }, 0),
  )
}

// Binary fractions, so that sums are exact and what ties is meant to.
const weights = fractions(cells * cells, 3).map(value => Math.round(1024 * value) / 1024 - 0.5)
const signed = (values: readonly number[]): Heatmap => ({
  rows: cells,
  columns: cells,
  values,
  scale: 'relative',
  signed: true,
})

test('of a model that is linear in its patches, its weights are the perfect map and their negative the worst', () => {
  const falls = fallsOf(weights)
  const perfect = measureEffects(signed(weights), regions, falls)
  const worst = measureEffects(signed(weights.map(weight => -weight)), regions, falls)
  assert.ok(perfect.state === 'ok' && worst.state === 'ok')
  for (const id of ['single-deletion', 'sensitivity-n', 'faithfulness-correlation', 'mu-fidelity']) {
    near(perfect.values[id], 1, 1e-9, id)
    near(worst.values[id], -1, 1e-9, id)
  }
  near(perfect.values.infidelity, 0, 1e-9, 'infidelity')
  assert.equal(worst.values.infidelity, 1)
})

test('a finer map with the same sums has the same values', () => {
  const finer: Heatmap = {
    rows: 28,
    columns: 28,
    values: Array.from({ length: 28 * 28 }, (_, i) => {
      const [row, column] = [Math.floor(i / 28), i % 28]
      return weights[Math.floor(row / 2) * cells + Math.floor(column / 2)]!
    }),
    scale: 'relative',
    signed: true,
  }
  const falls = fractions(regionCount(rules), 5)
  const [one, other] = [signed(weights), finer].map(map => measureEffects(map, regions, falls))
  assert.ok(one?.state === 'ok' && other?.state === 'ok')
  for (const [id, value] of Object.entries(one.values)) near(other.values[id], Number(value), 1e-9, id)
})

test('where evidence is one object, its mask comes before a blob on it, noise and the complement', () => {
  const inside = (row: number, column: number) => row >= 5 && row < 10 && column >= 4 && column < 9
  const mask = mapOf((row, column) => Number(inside(row, column)))
  const irregular = fractions(cells * cells, 1)
  const maps = [
    mask,
    mapOf((row, column) => Math.exp(-((row - 7) ** 2 + (column - 6) ** 2) / 8)),
    mapOf((row, column) => irregular[row * cells + column]!),
    mapOf((row, column) => Number(!inside(row, column))),
  ]
  const falls = fallsOf(Array.from(mask.values))
  const found = maps.map(map => measureEffects(map, regions, falls))
  for (const id of ['single-deletion', 'sensitivity-n', 'faithfulness-correlation', 'mu-fidelity', 'infidelity']) {
    const values = found.map(columns => (columns.state === 'ok' ? Number(columns.values[id]) : Number.NaN))
    const sorted = values.toSorted((a, b) => (id === 'infidelity' ? a - b : b - a))
    assert.deepEqual(values, sorted, id)
  }
})

test('a flat map, NaN and a model that sees nothing are no numbers', () => {
  const falls = fallsOf(weights)
  assert.deepEqual(measureEffects(signed(weights.map(() => 2)), regions, falls), { state: 'flat' })
  assert.deepEqual(measureEffects(signed([Number.NaN, ...weights.slice(1)]), regions, falls), { state: 'nan' })
  const blind = measureEffects(
    signed(weights),
    regions,
    falls.map(() => 0),
  )
  assert.ok(blind.state === 'ok')
  assert.deepEqual(new Set(Object.values(blind.values)), new Set([null]))
})

test('sets are of the share that was asked for, of different patches, and the same for the same seed', () => {
  assert.deepEqual(regionsOf(rules, grid, 7), regions)
  assert.notDeepEqual(regionsOf(rules, grid, 8), regions)
  assert.equal(listRegions(regions).length, regionCount(rules))
  for (const { share, sets } of regions.sets)
    for (const set of sets) {
      assert.equal(set.length, Math.round(share * 196))
      assert.equal(new Set(set).size, set.length)
      assert.ok(set.every(cell => cell < 196))
    }
  assert.throws(() => regionsOf({ ...rules, fidelity: 0.3 }, grid, 7), /fidelity: expected one of the shares 0.2, 0.5/)
})
