import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainers } from '@vitrine/explainers'
import { versionsOf } from '@vitrine/measure'
import { protocols } from '@vitrine/metrics'
import { changes, changesOf } from './methodology.ts'

test('every change is dated, says what changed from which version to which, and why', () => {
  assert.ok(changes.length > 0)
  for (const { date, what, from, to, why } of changes) {
    assert.match(date, /^\d{4}-\d\d-\d\d$/)
    assert.ok(what && from && to && why.length > 20, `${date} ${what}`)
  }
  assert.deepEqual(
    changes.map(({ date }) => date),
    changes.map(({ date }) => date).toSorted((a, b) => (a < b ? 1 : -1)),
  )
})

test('every number that was raised has a line that ends at its present version', () => {
  const versions = Object.values(protocols).flatMap(protocol => Object.entries(versionsOf(protocol)))
  const raised = [...versions, ...explainers.map(({ id, version = 1 }) => [`method ${id}`, version] as const)].filter(
    ([, version]) => typeof version === 'number' && version > 1,
  )
  for (const [name, version] of raised)
    assert.ok(
      changes.some(({ what, to }) => what === name && to === String(version)),
      `docs/methodology.md has no line for ${name} ${version}`,
    )
})

test('a table is read row by row, without its marks', () => {
  const text =
    '# M\n\n## Changes\n\n| date | what | from | to | why |\n| - | - | - | - | - |\n| 2027-01-02 | `texture` | 1 | 2 | Because. |\n'
  assert.deepEqual(changesOf(text), [{ date: '2027-01-02', what: 'texture', from: '1', to: '2', why: 'Because.' }])
})
