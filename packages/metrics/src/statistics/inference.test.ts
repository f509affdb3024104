import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from '../errors.ts'
import { readJson } from '../testing/reference.ts'
import { familyDifferences, holm } from './family.ts'
import { halvesAgreement } from './halves.ts'
import { kendall, rankingAgreement } from './kendall.ts'
import { imagesNeeded, sampleSize } from './needed-images.ts'
import { normalQuantile } from './normal.ts'
import { rankRange } from './rank-range.ts'
import { neighboursToldApart, standings } from './standings.ts'
import { worthOf } from './worth.ts'

const reference = readJson<{
  family: {
    control: number[]
    methods: number[][]
    p: number[]
    maxT: number[]
    low: number[]
    high: number[]
    error: number[]
    holm: { p: number[]; adjusted: number[] }
  }
  worth: { controls: number[][]; ceiling: (number | null)[]; auc: number; interval: number[]; error: number[] }
  kendall: { first: number[]; second: number[]; tau: number }
  quantiles: [p: number, quantile: number][]
  images: { difference: number; deviation: number; level: number; power: number; images: number }[]
}>('inference.json')

const near = (found: number, expected: number, within = 1e-12) =>
  assert.ok(Math.abs(found - expected) <= within, `${found}, expected ${expected} within ${within}`)

test("Holm's correction is statsmodels'", () => {
  const { p, adjusted } = reference.family.holm
  for (const [i, found] of holm(p).entries()) near(found, adjusted[i]!)
  assert.deepEqual(holm([]), [])
})

test('p values and simultaneous intervals of a family are those of another bootstrap, within Monte Carlo error', () => {
  const { control, methods, p, maxT, low, high, error } = reference.family
  const found = familyDifferences(methods.map(values => [values, control]))
  for (const [i, one] of found.entries()) {
    // Errors are in the order p, maxT, critical value, low, high; a p value of 1 in 10,001 has hardly any.
    near(one.p, p[i]!, 4 * error[i]! + 1e-4)
    near(one.maxT, maxT[i]!, 4 * error[5 + i]! + 1e-4)
    near(one.interval?.[0] ?? Number.NaN, low[i]!, 4 * error[11 + i]!)
    near(one.interval?.[1] ?? Number.NaN, high[i]!, 4 * error[16 + i]!)
    assert.ok(one.maxT >= one.p && one.holm >= one.p)
  }
  assert.deepEqual(
    found.map(one => one.holm),
    holm(found.map(one => one.p)),
  )
})

test('a family of one needs no correction, and equal comparisons none among themselves by max-T', () => {
  const [first, second] = [
    [0.3, 0.5, 0.9, 0.2, 0.6, 0.7],
    [0.2, 0.5, 0.5, 0.3, 0.4, 0.4],
  ]
  const [one] = familyDifferences([[first!, second!]])
  assert.equal(one?.maxT, one?.p)
  assert.equal(one?.holm, one?.p)
  for (const same of familyDifferences([
    [first!, second!],
    [first!, second!],
  ])) {
    assert.equal(same.maxT, one?.p)
    near(same.holm, Math.min(1, 2 * (one?.p ?? 0)))
  }
})

test('a difference that does not vary is certain, none at all is not, and one image says nothing', () => {
  const [certain, none, single] = familyDifferences(
    [
      [
        [2, 3, 4],
        [1, 2, 3],
      ],
      [
        [2, 3, 4],
        [2, 3, 4],
      ],
      [
        [2, null, 4],
        [1, 2, null],
      ],
    ],
    { resamples: 999 },
  )
  assert.equal(certain?.p, 0.001)
  for (const end of certain?.interval ?? [Number.NaN]) near(end, 1)
  assert.deepEqual([none?.p, none?.maxT], [1, 1])
  assert.deepEqual(single, { difference: 1, p: 1, holm: 1, maxT: 1, interval: null })
})

test("quantiles of the normal distribution are scipy's", () => {
  for (const [p, quantile] of reference.quantiles) near(normalQuantile(p), quantile, 1e-13 * Math.abs(quantile) + 1e-15)
})

test("the images that a test needs are statsmodels'", () => {
  for (const { difference, deviation, level, power, images } of reference.images)
    near(sampleSize(difference, deviation, level, power), images, 1e-9 * images)
})

test('the images needed follow from the mean and the deviation of the differences', () => {
  // Differences 0, 0.2, 0, 0.2: mean 0.1, deviation sqrt(0.04 / 3); (1.959964 + 0.841621) ** 2 * (0.04 / 3) / 0.01 = 10.465.
  assert.equal(imagesNeeded([0.5, 0.7, 0.5, 0.7, 0.1], [0.5, 0.5, 0.5, 0.5, null]), 11)
  assert.equal(imagesNeeded([1, 2], [0, 1]), 2)
  assert.equal(imagesNeeded([1, 2], [2, 1]), Number.POSITIVE_INFINITY)
  assert.equal(imagesNeeded([1, null], [2, 1]), null)
  assert.throws(() => imagesNeeded([1, 2], [0, 0], { power: 1 }), MetricError)
})

test("Kendall's tau is scipy's, with ties", () => {
  const { first, second, tau } = reference.kendall
  near(kendall(first, second) ?? Number.NaN, tau)
  assert.equal(kendall([1, 1, 1], [1, 2, 3]), null)
  assert.throws(() => kendall([1], [1, 2]), /expected lists of one length, got 1 and 2/)
})

test('metrics agree on the methods that both rank', () => {
  const first = [
    { id: 'a', rank: 1 },
    { id: 'b', rank: 2 },
    { id: 'c', rank: 3 },
    { id: 'flat', rank: null },
  ]
  const second = [
    { id: 'c', rank: 1 },
    { id: 'a', rank: 2 },
    { id: 'b', rank: 3 },
    { id: 'flat', rank: 4 },
  ]
  // Of the pairs ab, ac and bc only ab is in the same order.
  near(rankingAgreement(first, second) ?? Number.NaN, -1 / 3)
})

test("the worth of a metric is scikit-learn's ROC AUC, and its interval that of another bootstrap of images", () => {
  const { controls, ceiling, auc, interval, error } = reference.worth
  const found = worthOf([ceiling], controls, 'higher')
  near(found.auc ?? Number.NaN, auc)
  for (const side of [0, 1] as const) near(found.interval?.[side] ?? Number.NaN, interval[side]!, 4 * error[side]!)
})

test('a lower value is the better one where the metric says so', () => {
  near(worthOf([[0.9, 0.8, 0.7]], [[0.1, 0.2, 0.75]], 'higher').auc ?? Number.NaN, 8 / 9)
  near(worthOf([[0.9, 0.8, 0.7]], [[0.1, 0.2, 0.75]], 'lower').auc ?? Number.NaN, 1 / 9)
  assert.equal(worthOf([[1, 1]], [[1, 1]], 'higher').auc, 0.5)
})

test('a metric without values of either is worth nothing that is known', () => {
  assert.deepEqual(worthOf([], [[1, 2]], 'higher'), { auc: null, interval: null })
  assert.deepEqual(worthOf([[1, null]], [[0, null]], 'higher'), { auc: 1, interval: null })
  assert.throws(() => worthOf([[1]], [[1, 2]], 'higher'), MetricError)
})

test('neighbours in a ranking are told apart where their difference is decided', () => {
  const images = Array.from({ length: 20 }, (_, i) => i)
  const contender = (id: string, of: (i: number) => number | null) => ({ id, control: false, values: images.map(of) })
  const ranked = standings(
    [
      contender('third', i => i),
      contender('first', i => i + 5),
      contender('none', () => null),
      contender('second', i => i + (i % 2 ? 1 : -1) + 0.1),
    ],
    'higher',
  )
  assert.deepEqual(
    ranked.map(({ id, toldFromNext }) => [id, toldFromNext]),
    [
      ['first', true],
      ['second', false],
      ['third', null],
      ['none', null],
    ],
  )
  assert.deepEqual(neighboursToldApart(ranked), { toldApart: 1, neighbours: 2 })
})

test('halves of the images agree as all splits of them do, written out', () => {
  const rows = [
    [0.9, 0.1, 0.6, 0.4],
    [0.5, 0.5, 0.2, 0.8],
    [0.1, 0.7, 0.3, 0.3],
  ]
  // The three ways to halve four images; on each side the order of the three sums, and the pairs in the same order less the others, over 3.
  // 01 | 23: 1.0, 1.0, 0.8 | 1.0, 1.0, 0.6: both tie the first two, so all of the two ordered pairs agree: 1.
  // 02 | 13: 1.5, 0.7, 0.4 | 0.5, 1.3, 1.0: one pair in the same order, two not: -1/3.
  // 03 | 12: 1.3, 1.3, 0.4 | 0.7, 0.7, 1.0: two ordered pairs, both in opposite order: -1.
  const found = halvesAgreement(rows, { splits: 20_000 })
  near(found?.tau ?? Number.NaN, (1 - 1 / 3 - 1) / 3, 0.02)
  near(found?.interval[0] ?? Number.NaN, -1)
  near(found?.interval[1] ?? Number.NaN, 1)
  assert.equal(halvesAgreement(rows.map(row => row.slice(0, 3))), null)
  assert.throws(() => halvesAgreement([[1, 2, 3, 4], [1]]), MetricError)
})

test('ranks over several rankings: range, median, and the mean of their reciprocals', () => {
  const { best, worst, median, reciprocal } = rankRange([4, 1, 2]) ?? assert.fail()
  assert.deepEqual([best, worst, median], [1, 4, 2])
  near(reciprocal, (1 / 4 + 1 + 1 / 2) / 3)
  assert.equal(rankRange([]), null)
})

test('an area is the same whether values are gone through or pairs of images are counted once', () => {
  // Of few rows on many images the values are gone through; the same rows many times over are counted by pairs of images.
  const row = (k: number) =>
    Array.from({ length: 40 }, (_, i) => (i % 9 === k ? null : Math.round(5 * Math.sin(i * k + k))))
  const [ceilings, controls] = [[row(1), row(2)], [row(3)]]
  const many = <T>(rows: readonly T[]) => Array.from({ length: 6 }, () => rows).flat()
  const [few, all] = [worthOf(ceilings, controls, 'higher'), worthOf(many(ceilings), many(controls), 'higher')]
  near(all.auc ?? Number.NaN, few.auc ?? 0)
  for (const end of [0, 1] as const) near(all.interval?.[end] ?? Number.NaN, few.interval?.[end] ?? 0)
})
