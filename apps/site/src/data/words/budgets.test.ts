import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../load/records.ts'
import { budgetOf, isOtherBudget, paperBudget } from './budgets.ts'

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

test('a row that differs in its budget alone is told from one that differs in how it works', () => {
  const row = (label: string) => isOtherBudget({ row: label, method: { id: 'rise' } } as unknown as Entry)
  assert.equal(row('rise'), false)
  assert.equal(row('rise[passes=256]'), true)
  assert.equal(row('rise[cells=7]'), false)
  assert.equal(row('rise[passes=256,cells=7]'), false)
})

test('every budget of a paper is of a bundled method that has one', async () => {
  const { explainers } = await import('@vitrine/explainers')
  const budgets = ['passes', 'steps', 'samples', 'designs']
  for (const { id, options } of explainers) {
    if (paperBudget(id))
      assert.ok(
        budgets.some(name => name in (options ?? {})),
        id,
      )
  }
  assert.equal(explainers.filter(({ id }) => paperBudget(id)).length, 10)
})
