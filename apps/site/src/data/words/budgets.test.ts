import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../load/records.ts'
import { budgetOf } from './budgets.ts'

const of = (id: string, options: Record<string, number | string>) =>
  budgetOf({ method: { id, options }, model: { details: { width: 128 } } } as unknown as Entry)

test('a budget is what the record was measured with, in the units of the method', () => {
  assert.equal(of('rise', { passes: 64, score: 'probability' }), '64 masks')
  assert.equal(of('score-cam', { passes: 32 }), '32 of 128 channels')
  assert.equal(of('smoothgrad', { samples: 8 }), '8 samples')
  assert.equal(of('a-stranger', { passes: 5 }), '5 passes')
})

test('a method without a budget has none', () => {
  assert.equal(of('agcam', { headFusion: 'sum' }), '')
})
