import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { metricConformance } from './conformance/suite.ts'
import type { AnyMetric } from './metric.ts'
import { registry } from './registry.ts'

for (const metric of Object.values(registry).flat() as readonly AnyMetric[]) metricConformance(metric)

/** The tests that fail for metrics that each break one rule, as `id: test`. */
function failuresOfBroken(): string[] {
  const file = fileURLToPath(new URL('testing/broken-metrics.ts', import.meta.url))
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = spawnSync(process.execPath, ['--test-reporter=tap', file], { env, encoding: 'utf8' })
  return [...stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name = '']) => name)
}

test('a metric that breaks a rule fails the test of that rule', () => {
  const failed = failuresOfBroken()
  const expected: Readonly<Record<string, string>> = {
    'out-of-range': 'every value is in the range, or null',
    'wrong-direction': 'lower is better',
    'order-dependent': 'images may come in any order',
    'changes-its-input': 'what metrics share of a map stays as it is',
    'scale-dependent': 'the scale of a relative map makes no difference',
    'left-is-better': 'a mirrored image with its map has the same value',
  }
  for (const [id, rule] of Object.entries(expected))
    assert.ok(failed.includes(`${id}: ${rule}`), `${id}: ${rule}\n${failed.join('\n')}`)
})
