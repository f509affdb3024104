import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EngineUnavailableError } from '@vitrine/backends/core'
import { comparisons } from './parity/comparisons.ts'
import { parityDocument, parityOf } from './parity/document.ts'
import { type Arithmetic, arithmetics, type Finding, farther, measure, native } from './parity/measure.ts'
import { explainers } from './registry.ts'

const compared = [...new Set(comparisons.map(c => c.method))]
const measured = new Map<Arithmetic, Promise<Finding[]>>()

function findingsOf(arithmetic: Arithmetic): Promise<Finding[]> {
  const found = measured.get(arithmetic) ?? measure(arithmetic)
  measured.set(arithmetic, found)
  return found
}

for (const arithmetic of [...arithmetics, native])
  test(arithmetic.name, async t => {
    const found = await findingsOf(arithmetic).catch(error => {
      if (arithmetic !== native || !(error instanceof EngineUnavailableError)) throw error
      t.skip(error.message)
    })
    if (!found) return
    for (const method of compared)
      await t.test(`${method} agrees with its references`, () => {
        for (const { comparison, error, original, agrees } of found.filter(f => f.comparison.method === method))
          assert.ok(agrees, `${comparison.reference}: relative error ${error}, of the other code ${original ?? 'none'}`)
      })
    if (arithmetic.precision === 'float32')
      await t.test('all in all, float32 is no farther from float64 than the float32 of the other code', () =>
        assert.ok(farther(found) <= 1, `${farther(found)} times as far`),
      )
  })

test('what a method says it is held against is what it is compared with', () => {
  for (const method of explainers.filter(e => compared.includes(e.id)))
    assert.equal(method.parity, parityOf(method), method.id)
})

test('docs/parity.md is what `npx -y pnpm@12 parity` writes, the measured numbers aside', async () => {
  const committed = readFileSync(new URL('../../../docs/parity.md', import.meta.url), 'utf8')
  const findings: Finding[][] = []
  for (const arithmetic of arithmetics) findings.push(await findingsOf(arithmetic))
  const masked = (text: string) => text.replaceAll(/\d(\.\d+)?e[+-]\d+/g, '…')
  assert.equal(masked(committed), masked(parityDocument(findings)))
})
