import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from './errors.ts'
import { metric, wordsOf } from './metric.ts'
import { metrics } from './metrics.ts'
import { protocols } from './protocols.ts'

const facts = {
  id: 'covered-area',
  name: 'Covered area',
  heading: 'covered',
  group: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  formula: 'share of the cells that have mass',
  source: 'Vitrine',
  negatives: 'have no mass in a signed map',
  pitfall: 'A cell with hardly any mass counts as much as the greatest.',
  needs: ['map'],
  measure: () => 0,
} as const

test('the worst value and the cost follow from the direction and the group', () => {
  const lower = metric(facts)
  assert.deepEqual([lower.worst, lower.cost, lower.group], [1, 'none', 'diffusion'])
  assert.equal(metric({ ...facts, direction: 'higher' }).worst, 0)
})

test('a fact that is malformed is an error that names it', () => {
  const refused: readonly (readonly [Partial<Record<keyof typeof facts, unknown>>, RegExp])[] = [
    [{ id: 'Covered Area' }, /expected lower-case words joined by hyphens, got "Covered Area"/],
    [{ group: 'colour' }, /covered-area: group: expected one of localization, .*, got "colour"/],
    [{ range: [1, 1] }, /covered-area: range: expected \[least, greatest\], got \[1, 1\]/],
    [{ heading: 'the covered area' }, /covered-area: heading: expected 1 to 14 characters/],
    [{ pitfall: ' ' }, /covered-area: pitfall: expected words, got none/],
  ]
  for (const [wrong, message] of refused)
    assert.throws(
      () => metric({ ...facts, ...wrong } as typeof facts),
      (error: unknown) => error instanceof MetricError && message.test(error.message),
    )
})

test("words that depend on a protocol's values say those values", () => {
  const rules = { ...protocols.standard.diagnostics, massHeld: 0.75, fall: 0.3, similar: 0.8 }
  assert.deepEqual(wordsOf(metrics['effective-area'], rules), {
    formula: 'smallest share of the cells that holds 75 % of the mass, the last cell in proportion',
    heading: 'area 75 %',
  })
  assert.match(wordsOf(metrics['frozen-share'], rules).formula, /p < 0\.7 p0 and Spearman\(map, map0\) > 0\.8/)
  assert.deepEqual(wordsOf(metrics.iou, rules), { formula: 'tp / (tp + fp + fn)', heading: 'IoU' })
  assert.doesNotMatch(wordsOf(metrics['effective-area'], undefined).formula, /\d/)
})
