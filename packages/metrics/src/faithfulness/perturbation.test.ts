import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from '../errors.ts'
import type { Protocol, TieRule } from '../protocol.ts'
import { protocols } from '../protocols.ts'
import type { Heatmap } from '../types.ts'
import {
  applyMask,
  curvesOf,
  distinctPerturbations,
  type Perturbation,
  perturbationMasks,
  rankMap,
} from './perturbation.ts'

const { paper, standard } = protocols
const row = (...values: number[]): Heatmap => ({ rows: 1, columns: values.length, values, scale: 'relative' })
const withTies = (kind: TieRule['kind'], steps = standard.faithfulness.steps): Protocol => ({
  ...standard,
  faithfulness: { ...standard.faithfulness, steps, ties: { kind } },
})

function ok(protocol: Protocol, heatmap: Heatmap, seed = 1): Perturbation {
  const perturbation = perturbationMasks(
    protocol,
    rankMap(heatmap, { width: heatmap.columns, height: heatmap.rows }, seed),
  )
  assert.ok(perturbation.state === 'ok')
  return perturbation
}

const drawn = (masks: Uint8Array[]) => masks.map(mask => mask.join(''))

for (const kind of ['index', 'seeded', 'introselect'] as const) {
  test(`${kind}: without ties, MoRF masks the greatest values first and LeRF the smallest`, () => {
    const { masks } = ok(withTies(kind, [0, 0.25, 0.5, 0.75, 1]), row(3, 9, -1, 4))
    assert.deepEqual(drawn(masks.morf), ['0000', '0100', '0101', '1101', '1111'])
    assert.deepEqual(drawn(masks.lerf), ['0000', '0010', '1010', '1011', '1111'])
  })
}

test('the number of masked pixels is rounded down', () => {
  const masked = ok(standard, row(0, 1, 2, 3, 4)).masks.morf.map(mask => mask.reduce((sum, pixel) => sum + pixel, 0))
  assert.deepEqual(masked, [0, 0, 1, 2, 3, 4, 5])
})

test('index: of equal pixels the first goes first, in both curves', () => {
  const { masks } = ok(withTies('index', [0.25, 0.5]), row(1, 1, 0, 0))
  assert.deepEqual(drawn(masks.morf), ['1000', '1100'])
  assert.deepEqual(drawn(masks.lerf), ['0010', '0011'])
})

const tied = row(...Array.from({ length: 40 }, (_, i) => i % 2))

test('seeded: ties are reproducible, and another seed breaks them otherwise', () => {
  assert.deepEqual(ok(standard, tied, 7).masks, ok(standard, tied, 7).masks)
  assert.notDeepEqual(ok(standard, tied, 7).masks, ok(standard, tied, 8).masks)
})

test('seeded: LeRF is MoRF backwards, so the two share out the pixels', () => {
  const { morf, lerf } = ok(standard, tied).masks
  for (const [i, mask] of morf.entries())
    assert.deepEqual(
      mask,
      lerf.at(-1 - i)?.map(pixel => 1 - pixel),
    )
})

test('seeded: no tied pixel is favoured', () => {
  const times = new Array<number>(4).fill(0)
  for (let seed = 0; seed < 2000; seed++) {
    const [mask] = ok(withTies('seeded', [0.25]), row(1, 1, 1, 1, 0, 0, 0, 0), seed).masks.morf
    for (const pixel of times.keys()) times[pixel]! += mask![pixel]!
  }
  // Two of four pixels each time: mean 1000, standard deviation 22.
  for (const count of times) assert.ok(Math.abs(count - 1000) < 110, `${times}`)
})

test('paper orders by float32(1 + map): small values that differ by less than 2^-24 tie', () => {
  const values = row(1e-9, 3e-9, 0, 1)
  const steps = [0.5]
  const of = (ranking: Protocol['faithfulness']['ranking']) =>
    drawn(
      ok({ ...paper, faithfulness: { ...paper.faithfulness, ranking, steps, ties: { kind: 'index' } } }, values).masks
        .morf,
    )
  assert.deepEqual(of('above-one'), ['1001'])
  assert.deepEqual(of('normalized'), ['0101'])
})

test('the map is resized to the input before pixels are ordered', () => {
  const perturbation = perturbationMasks(withTies('index', [0.5]), rankMap(row(0, 1), { width: 4, height: 2 }, 1))
  assert.deepEqual(drawn(perturbation.masks?.morf ?? []), ['00110011'])
})

test('flat and non-finite maps are states; a constant unit map ranks nothing either', () => {
  const size = { width: 3, height: 1 }
  assert.deepEqual(perturbationMasks(paper, rankMap(row(2, 2, 2), size, 1)), { state: 'flat', masks: null })
  assert.deepEqual(perturbationMasks(paper, rankMap(row(2, Number.NaN, 2), size, 1)), { state: 'nan', masks: null })
  assert.equal(perturbationMasks(paper, rankMap({ ...row(1, 1, 1), scale: 'unit' }, size, 1)).state, 'flat')
})

test('a seed that is no 32-bit integer is an error', () => {
  assert.throws(() => ok(standard, tied, 0.5), MetricError)
})

test('one map needs 20 forward passes, or 12 for seven steps: the unperturbed and the masked image are shared', () => {
  const map = row(...Array.from({ length: 30 }, (_, i) => (i * 7) % 30))
  assert.equal(distinctPerturbations([ok(standard, map)]).masks.length, 12)
  const { masks, uses } = distinctPerturbations([ok(paper, map)])
  assert.equal(masks.length, 20)
  assert.equal(uses[0]?.morf[0], uses[0]?.lerf[0])
  assert.equal(uses[0]?.morf[10], uses[0]?.lerf[10])
})

test('protocols share the masks on which they agree', () => {
  const map = row(...Array.from({ length: 64 }, (_, i) => (i * 27) % 64))
  assert.equal(distinctPerturbations([ok(standard, map), ok(paper, map)]).masks.length, 20)
  const ranked = rankMap(map, { width: 64, height: 1 }, 1)
  assert.equal(perturbationMasks(standard, ranked).masks?.lerf[2], perturbationMasks(paper, ranked).masks?.lerf[3])
  const inverse = row(...Array.from({ length: 64 }, (_, i) => -((i * 27) % 64)))
  assert.equal(distinctPerturbations([ok(standard, map), ok(standard, inverse)]).masks.length, 12)
})

test('curves are put together from the probability of each distinct mask', () => {
  const { masks, uses } = distinctPerturbations([ok(withTies('index', [0, 0.25, 0.5, 1]), row(3, 9, -1, 4))])
  const probabilities = masks.map(mask => mask.join('')).map(mask => Number.parseInt(mask, 2))
  assert.deepEqual(curvesOf(uses[0]!, probabilities), { morf: [0, 0b0100, 0b0101, 15], lerf: [0, 0b0010, 0b1010, 15] })
  assert.throws(() => curvesOf(uses[0]!, [0.5]), MetricError)
})

test('applyMask writes zeros in every channel of a copy, or of a slot of a batch', () => {
  const input = Float32Array.of(1, 2, 3, 4, 5, 6)
  const mask = Uint8Array.of(0, 1)
  assert.deepEqual(applyMask(input, mask), Float32Array.of(1, 0, 3, 0, 5, 0))
  const batch = new Float32Array(12)
  applyMask(input, mask, batch.subarray(6))
  assert.deepEqual(batch, Float32Array.of(0, 0, 0, 0, 0, 0, 1, 0, 3, 0, 5, 0))
  assert.deepEqual(input, Float32Array.of(1, 2, 3, 4, 5, 6))
  assert.throws(() => applyMask(input, new Uint8Array(4)), MetricError)
})

test('seeded: what ties by the ranking of the protocol is shuffled too', () => {
  const values = row(1e-9, 3e-9, 0, 2e-9, 1)
  const { faithfulness } = withTies('seeded', [0.4])
  const chosen = (ranking: Protocol['faithfulness']['ranking']) => {
    const masks = Array.from({ length: 20 }, (_, seed) =>
      drawn(ok({ ...standard, faithfulness: { ...faithfulness, ranking } }, values, seed).masks.morf),
    )
    return new Set(masks.flat()).size
  }
  assert.deepEqual([chosen('normalized'), chosen('above-one')], [1, 4])
})
