import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  add,
  broadcast,
  concat,
  gather,
  gelu,
  greater,
  max,
  pad,
  type Shape,
  slice,
  softmax,
  sum,
  transpose,
  where,
} from '@vitrine/tensor'
import type { Backend } from '../backend.ts'
import { actual, type Cases, difference, expected, makeCase } from '../conformance/case.ts'
import { openBackend } from '../open.ts'
import { transpositions } from './axes.ts'

const RANK_6: Shape = [2, 3, 2, 4, 2, 3]

/** Ops with more axes than the kernels support. */
const cases: Cases = {
  'the patches of an image': l => transpose(l.float([2, 3, 2, 4, 2, 4]), [0, 2, 4, 1, 3, 5]),
  'a permutation of 7 axes': l => transpose(l.float([2, 3, 2, 1, 2, 3, 2]), [6, 1, 4, 3, 0, 5, 2]),
  'a permutation of int': l => transpose(l.int(RANK_6, 99), [5, 3, 1, 0, 2, 4]),
  'a slice of every axis': l =>
    slice(
      l.float(RANK_6),
      RANK_6.map(n => [1, n] as const),
    ),
  'zeros around every axis': l => pad(l.float([1, 2, 1, 2, 1, 2]), [1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]),
  'parts on a middle axis': l => concat([l.float(RANK_6), l.float(RANK_6)], 3),
  'every other axis repeated': l => broadcast(l.float([1, 3, 1, 4, 1, 3]), [5, ...RANK_6]),
  'every other axis repeated, int': l => broadcast(l.int([1, 3, 1, 4, 1, 3], 9), RANK_6),
  'rows of a middle axis': l => gather(l.float(RANK_6), l.int([3], 4), 3),
  'operands that repeat each other': l => add(l.float([2, 1, 2, 1, 2, 1]), l.float([1, 3, 1, 4, 1, 3])),
  'a comparison of 6 axes': l => greater(l.float(RANK_6), l.float([4, 1, 1])),
  'a choice of 6 axes': l => where(greater(l.float([3, 1, 4, 1, 1]), 0), l.float(RANK_6), l.float([2, 1])),
  'sums over every other axis': l => sum(l.float(RANK_6), [0, 2, 4]),
  'maxima over every other axis': l => max(l.float(RANK_6), [1, 3, 5]),
  'rows of 6 axes': l => gelu(softmax(l.float(RANK_6))),
}

for (const name of ['wasm', 'cpu'])
  describe(`many axes on tfjs:${name}`, () => {
    let backend: Backend
    before(async () => {
      backend = await openBackend(`tfjs:${name}`)
    })
    after(() => backend.dispose())
    for (const [label, build] of Object.entries(cases))
      test(label, async () => {
        const given = makeCase(build)
        assert.ok(difference(await actual(backend, given), expected(given), 'absolute') <= 1e-5)
      })
  })

test('a permutation becomes few movements of few axes', () => {
  assert.deepEqual(transpositions({ shape: [2, 3, 4], permutation: [0, 1, 2] }), [])
  assert.deepEqual(transpositions({ shape: [2, 1, 3], permutation: [1, 0, 2] }), [])
  assert.deepEqual(transpositions({ shape: [2, 3, 4, 1, 5], permutation: [0, 2, 3, 4, 1] }), [
    { shape: [2, 3, 20], permutation: [0, 2, 1] },
  ])
  const patches = transpositions({ shape: [2, 3, 14, 16, 14, 16], permutation: [0, 2, 4, 1, 3, 5] })
  assert.ok(patches.length === 2 && patches.every(step => step.shape.length <= 4))
})
