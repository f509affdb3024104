import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formulas, lettersOf, mathml } from './formulas.ts'

for (const [id, formula] of Object.entries(formulas)) {
  if (!formula) continue
  const { tex } = formula
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

for (const [id, formula] of Object.entries(formulas)) {
  if (!formula) continue
  const { tex } = formula
  test(`the formula of ${id} explains its letters`, () => {
    assert.notEqual(lettersOf(tex), '')
  })
}
