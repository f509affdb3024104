import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quantileSorted } from 'd3-array'
import { normals, randomSource, wholeBelow } from '../random.ts'
import { resampleDefaults, resamplesOf } from './draws.ts'
import { minus, percentileInterval, percentileVerdict, verdictOf } from './percentiles.ts'
import { resampledMeans } from './resample.ts'

const near = (found: number, expected: number) =>
  assert.ok(
    Math.abs(found - expected) < 1e-12 || (Number.isNaN(found) && Number.isNaN(expected)),
    `${found}, expected ${expected}`,
  )

/** The definition: the mean of the values of the drawn images. */
function slowMeans(row: readonly (number | null)[], resamples: number): number[] {
  const source = randomSource(resampleDefaults.seed)
  return Array.from({ length: resamples }, () => {
    const drawn = Array.from(row, () => row[wholeBelow(source, row.length)] ?? null)
    const there = drawn.filter(value => value !== null)
    return there.reduce((sum, value) => sum + value, 0) / there.length
  })
}

const rowsOf = (images: number) =>
  Array.from({ length: 11 }, (_, k) =>
    Array.from(normals(images, k), (value, i) => (k % 3 === 1 && (i + k) % 4 === 0 ? null : value)),
  )

// Two draws at a time (even numbers), one at a time (odd ones), several blocks of draws, more than are kept.
for (const [images, resamples] of [
  [64, 300],
  [9, 300],
  [10, 9000],
  [101, 700],
  [3000, 1500],
] as const) {
  test(`means of ${resamples} resamples of ${images} images are those of the drawn images`, () => {
    const rows = rowsOf(images)
    const found = resampledMeans(rows, resamplesOf(images, { resamples }))
    for (const k of [0, 1, 10]) {
      for (const [r, mean] of slowMeans(rows[k]!, resamples).entries()) near(found[k]![r]!, mean)
    }
  })
}

test('resamples of few images are kept once, and count as often as they were drawn', () => {
  const rows = rowsOf(6)
  const resamples = resamplesOf(6)
  // There are 462 ways to draw 6 of 6 images when the order does not matter.
  assert.ok(resamples.times.length > 400 && resamples.times.length <= 462, `${resamples.times.length}`)
  assert.equal(
    resamples.times.reduce((sum, n) => sum + n),
    10_000,
  )
  const found = resampledMeans(rows, resamples)
  for (const [k, row] of rows.entries()) {
    const all = [...found[k]!].flatMap((mean, r) => new Array<number>(resamples.times[r]!).fill(mean))
    const sorted = (means: number[]) => means.filter(mean => !Number.isNaN(mean)).sort((a, b) => a - b)
    const expected = sorted(slowMeans(row, 10_000))
    for (const [i, mean] of sorted(all).entries()) near(mean, expected[i]!)
  }
})

test('no images have no means', () => {
  assert.deepEqual(resampledMeans([[]], resamplesOf(0)), [new Float64Array()])
})

const spread: Record<string, Float64Array> = {
  'normal values': Float64Array.from(normals(10_000, 1)),
  'few different values': Float64Array.from(normals(5000, 2), value => Math.round(value * 2)),
  'one far from the others': Float64Array.of(...normals(999, 3), 1e9),
  'one value': Float64Array.of(0.25),
  'equal values': new Float64Array(100).fill(0.1),
  'denormal values': Float64Array.of(0, 5e-324, 1e-323, 0),
  'missing values': Float64Array.from(normals(400, 4), (value, i) => (i % 3 === 0 ? Number.NaN : value)),
}

for (const [name, values] of Object.entries(spread)) {
  test(`an interval ends where sorting says: ${name}`, () => {
    for (const level of [0.95, 0.5, 0, 1]) {
      const sorted = values.filter(value => !Number.isNaN(value)).sort()
      const ends = [(1 - level) / 2, (1 + level) / 2].map(share => quantileSorted([...sorted], share) ?? Number.NaN)
      const found = percentileInterval(values, level) ?? assert.fail()
      for (const side of [0, 1] as const)
        assert.ok(Math.abs(found[side] - ends[side]!) <= 1e-12 * Math.abs(ends[side]!) + 1e-300)
    }
  })
}

test('a value counts as often as it was drawn', () => {
  const values = Float64Array.from(normals(300, 5))
  const times = Uint32Array.from(values, (_, i) => i % 5)
  const repeated = Float64Array.from([...values].flatMap((value, i) => new Array<number>(times[i]!).fill(value)))
  assert.deepEqual(percentileInterval(values, 0.9, times), percentileInterval(repeated, 0.9))
  assert.equal(percentileInterval(values, 0.9, new Uint32Array(300)), null)
})

test("a verdict is the interval's, however close", () => {
  const [first, times] = [Float64Array.from(normals(1000, 6)), new Uint32Array(1000).fill(3)]
  const verdicts = new Set<string>()
  for (let shift = -3; shift <= 3; shift += 0.001) {
    const second = new Float64Array(1000).fill(shift)
    const expected = verdictOf(percentileInterval(minus(first, second), 0.95, times))
    assert.equal(percentileVerdict(first, second, 0.95, times), expected)
    verdicts.add(expected)
  }
  assert.equal(verdicts.size, 3)
  const missing = new Float64Array(10).fill(Number.NaN)
  assert.equal(percentileVerdict(missing, missing, 0.95, times), 'undecided')
})
