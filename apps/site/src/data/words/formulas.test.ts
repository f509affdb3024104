import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainers } from '@vitrine/explainers'
import { formulas, mathml } from './formulas.ts'

test('every formula is that of a bundled method', () => {
  const known = new Set(explainers.map(({ id }) => id))
  assert.deepEqual(
    Object.keys(formulas).filter(id => !known.has(id)),
    [],
  )
})

test('every bundled method that is no control has a formula', () => {
  assert.deepEqual(
    explainers.filter(({ id, family }) => family !== 'control' && !formulas[id]).map(({ id }) => id),
    [],
  )
})

for (const [id, { tex }] of Object.entries(formulas)) {
  test(`the formula of ${id} is MathML`, () => {
    assert.match(mathml(tex), /^<math[^>]*>.*<\/math>$/s)
  })
}
