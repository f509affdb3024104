import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closing, countsIn } from './test.ts'

const output = (name: string, counts: Readonly<Record<string, number>>): string[] => [
  `${name}:test: cache miss, executing 0123456789abcdef`,
  `${name}:test: \u001b[32m✔ adds ℹ pass 9 \u001b[90m(1.2ms)\u001b[39m`,
  ...Object.entries(counts).map(([kind, count]) => `${name}:test: \u001b[34mℹ ${kind} ${count}\u001b[39m`),
  `${name}:test: \u001b[34mℹ duration_ms 12.5\u001b[39m`,
]

const all = { tests: 7, suites: 1, pass: 4, fail: 0, cancelled: 0, skipped: 2, todo: 1 }

test('counts of packages are summed in one line', () => {
  const lines = [...output('@vitrine/a', all), ...output('@vitrine/b', { ...all, pass: 10 }), ' Tasks:    2 successful']
  assert.deepEqual(closing(countsIn(lines), 0), { line: '14 passed, 0 failed, 6 skipped', code: 0 })
})

test('a test that failed or was cancelled is a failure, whatever turbo says', () => {
  const lines = [...output('@vitrine/a', all), ...output('@vitrine/b', { ...all, fail: 1, cancelled: 2 })]
  assert.deepEqual(closing(countsIn(lines), 0), { line: '8 passed, 3 failed, 6 skipped', code: 1 })
})

test('a package that ends without counts is a failure, and so is a run without tests', () => {
  assert.equal(closing(countsIn(output('@vitrine/a', all)), 1).code, 1)
  assert.equal(closing(countsIn([]), 0).code, 1)
})
