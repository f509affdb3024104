import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formulas, mathml } from './formulas.ts'

for (const [id, formula] of Object.entries(formulas))
  if (formula)
    test(`the formula of ${id} is MathML`, () => {
      assert.match(mathml(formula.tex), /^<math[^>]*>.*<\/math>$/s)
    })
