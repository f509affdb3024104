import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from '../errors.ts'
import { readJson } from '../testing/reference.ts'
import { pairedDifference } from './compare.ts'
import { resamplesOf } from './draws.ts'
import { type Interval, percentileInterval } from './percentiles.ts'
import { bootstrapIntervals, resampledMeans } from './resample.ts'
import { type Contender, detailedStandings, standings } from './standings.ts'

interface Found {
  interval: [number, number]
  error: [number, number]
}
const { cases } = readJson<{
  cases: Record<string, { first: number[]; second: number[]; mean: Found; difference: Found }>
}>('bootstrap.json')

// Ours and, in the same measure, theirs are off by Monte Carlo error; theirs has 40 times the resamples.
function assertWithinError(found: Interval | null, { interval, error }: Found): void {
  assert.ok(found)
  for (const side of [0, 1] as const) {
    const off = Math.abs(found[side] - interval[side])
    assert.ok(off < 4 * error[side], `${found[side]}, expected ${interval[side]} within ${4 * error[side]}`)
  }
}

for (const [name, { first, second, mean, difference }] of Object.entries(cases)) {
  test(`the interval of a mean is scipy's: ${name}`, () => {
    assertWithinError(bootstrapIntervals([first])[0]!, mean)
  })

  test(`the interval of a paired difference is scipy's: ${name}`, () => {
    assertWithinError(pairedDifference(first, second).interval, difference)
  })
}

test('the same seed draws the same images, another seed others', () => {
  const values = cases['skewed, 64 images']!.first
  const means = (seed: number) => resampledMeans([values], resamplesOf(values.length, { resamples: 50, seed }))[0]!
  assert.deepEqual(means(3), means(3))
  assert.notDeepEqual(means(3), means(4))
})

test('a resample holds the same images in every row', () => {
  const [a, b] = resampledMeans(
    [
      [1, 2, 3, 4],
      [11, 12, 13, 14],
    ],
    resamplesOf(4, { resamples: 200 }),
  )
  assert.ok(a!.every((mean, r) => Math.abs(b![r]! - mean - 10) < 1e-12))
})

test('an image without a value is left out of the means, not counted as zero', () => {
  const [means] = resampledMeans([[5, null, 5, null, 5]], resamplesOf(5, { resamples: 500 }))
  assert.ok(means!.every(mean => mean === 5 || Number.isNaN(mean)))
})

test('quantiles are interpolated linearly', () => {
  // numpy.percentile([0, 1, ..., 10], [2.5, 97.5])
  const [low, high] = percentileInterval(Float64Array.from({ length: 11 }, (_, i) => i))!
  assert.ok(Math.abs(low - 0.25) < 1e-12 && Math.abs(high - 9.75) < 1e-12)
})

test('one value has no interval', () => {
  assert.deepEqual(bootstrapIntervals([[0.5, null]]), [null])
  assert.equal(pairedDifference([0.5, null], [0.2, 0.1]).verdict, 'undecided')
})

const contender = (id: string, values: (number | null)[], control = false): Contender => ({ id, control, values })
const images = Array.from({ length: 40 }, (_, i) => i)
// Each image has its own difficulty, which methods share.
const difficulty = images.map(i => (i * 37) % 40)
const close = images.map(i => (i % 2 === 0 ? 1 : -1))

test('pairing sees through the difficulty of images', () => {
  const better = difficulty.map(d => d + 1)
  const { verdict, interval } = pairedDifference(better, difficulty)
  assert.equal(verdict, 'greater')
  assert.deepEqual(interval, [1, 1])
})

test('ranks, ties with the best and controls, in the direction of the metric', () => {
  const methods = [
    contender(
      'near',
      difficulty.map((d, i) => d + close[i]! * 0.5 - 0.01),
    ),
    contender('best', difficulty),
    contender(
      'worse',
      difficulty.map(d => d - 2),
    ),
    contender(
      'noise',
      difficulty.map(d => d - 2),
      true,
    ),
  ]
  const [first, second, third, fourth] = detailedStandings(methods, 'higher', { resamples: 2000 })
  assert.deepEqual([first!.id, second!.id, third!.id, fourth!.id], ['best', 'near', 'worse', 'noise'])
  assert.deepEqual(
    [first, second, third, fourth].map(s => s!.rank),
    [1, 2, 3, 3],
  )
  assert.deepEqual(
    [first, second, third].map(s => s!.tiedWithBest),
    [true, true, false],
  )
  assert.deepEqual(
    [first, second, third].map(s => s!.ranks),
    [
      [1, 2],
      [1, 2],
      [3, 3],
    ],
  )
  assert.deepEqual(
    [first, second, third, fourth].map(s => s!.notBeaten),
    [[], [], ['noise'], []],
  )
  assert.deepEqual(
    [first, third].map(s => [s!.toBest!.best, s!.toBest!.difference, s!.toBest!.verdict]),
    [
      ['best', 0, 'undecided'],
      ['best', -2, 'smaller'],
    ],
  )
  const lower = standings(methods, 'lower', { resamples: 2000 })
  assert.deepEqual(
    lower.map(s => s.rank),
    [1, 1, 3, 4],
  )
  assert.deepEqual(lower.find(s => s.id === 'near')!.notBeaten, ['noise'])
})

test('standings are the detailed ones without their details', () => {
  // Values are missing on the same images, on different ones, and nowhere; two methods are equal.
  const noise = (step: number) => images.map(i => ((i * step) % 17) / 17)
  const without = (values: number[], missing: number) => values.map((value, i) => (i % missing === 0 ? null : value))
  const methods = [
    contender('a', without(noise(5), 7)),
    contender('b', without(noise(3), 7)),
    contender('c', without(noise(11), 6), true),
    contender('d', noise(7)),
    contender('e', noise(7), true),
    contender('f', [...images.slice(1).map(() => null), 0.5]),
  ]
  for (const direction of ['higher', 'lower'] as const) {
    const detailed = detailedStandings(methods, direction, { resamples: 500 })
    assert.deepEqual(
      standings(methods, direction, { resamples: 500 }),
      detailed.map(({ toBest: _, against: __, ...rest }) => rest),
    )
    for (const { against, notBeaten } of detailed) {
      assert.deepEqual(
        notBeaten,
        against.filter(({ beats }) => !beats).map(({ control }) => control),
      )
    }
  }
})

test('a method without values has no rank', () => {
  const found = standings([contender('flat', [null, null]), contender('some', [0.2, 0.4])], 'higher')
  assert.deepEqual(
    found.map(s => [s.id, s.rank, s.mean]),
    [
      ['some', 1, 0.30000000000000004],
      ['flat', null, null],
    ],
  )
})

test('rows of different lengths are an error', () => {
  assert.throws(() => resampledMeans([[1, 2], [1]], resamplesOf(2)), MetricError)
})
