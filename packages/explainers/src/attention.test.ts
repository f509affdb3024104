import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExplainableModel, visionTransformer, vitB16 } from '@vitrine/models'
import { constant, interpret, program, type Tensor, zeros } from '@vitrine/tensor'
import { patchTokens, readRow } from './attention.ts'

const numbers = (t: Tensor): number[] => [...(interpret(program({ t }), {}).t?.data ?? [])]

/** Two patches and no other token; the head reads them through a query of its own. */
const pooling: ExplainableModel = {
  ...visionTransformer({ ...vitB16, imageSize: { height: 16, width: 32 }, prefixTokens: [], pooling: 'patch-mean' }),
  pooling: 'attention',
}
// Two heads, which attend to the patches by 0.9 and 0.1, and by 0.5 and 0.5: 0.7 and 0.3 on average.
const pooled = constant([0.9, 0.1, 0.5, 0.5], [1, 2, 1, 2])

test('of a head with a query of its own, the row that is read is the mean of rows by what it attends to', () => {
  const attention = constant([1, 0, 0.25, 0.75], [1, 2, 2])
  const expected = [0.7 * 1 + 0.3 * 0.25, 0.7 * 0 + 0.3 * 0.75]
  const found = numbers(readRow(pooling, attention, { pooled }))
  assert.ok(found.every((x, i) => Math.abs(x - (expected[i] ?? Number.NaN)) < 1e-15))
})

test('heads of attention are read alike', () => {
  const attention = constant([1, 0, 0, 1, 0, 1, 1, 0], [1, 2, 2, 2])
  const found = numbers(readRow(pooling, attention, { pooled }))
  assert.ok([0.7, 0.3, 0.3, 0.7].every((x, i) => Math.abs(x - (found[i] ?? Number.NaN)) < 1e-15))
})

test('a head with a query of its own is refused where the trace is not given', () =>
  assert.throws(() => readRow(pooling, zeros([1, 2, 2])), {
    name: 'UnsupportedError',
    message: /the model's trace given/,
  }))

test('tokens that are not those of the grid are refused', () =>
  assert.throws(() => patchTokens(pooling, zeros([1, 8, 4])), {
    name: 'UnsupportedError',
    message: /expected a block with 2 tokens, for a map of 1 x 2, got one with 8/,
  }))
