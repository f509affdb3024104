import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainers } from '@vitrine/explainers'
import { formulas, lettersOf, mathml } from './formulas.ts'

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

test('a formula explains the letters that it has and no others', () => {
  const { tex = '' } = formulas['score-cam'] ?? {}
  const words = lettersOf(tex)
  for (const part of ['M the map', 'k a channel', "y the class's score", '[ ]₊ the positive part'])
    assert.ok(words.includes(part), words)
  assert.ok(!words.includes('relevance'), words)
})

for (const [id, { tex }] of Object.entries(formulas)) {
  test(`the formula of ${id} explains its letters`, () => {
    assert.notEqual(lettersOf(tex), '')
  })
}
