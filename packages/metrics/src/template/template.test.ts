import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { metricConformance } from '../conformance/suite.ts'
import { MetricError } from '../errors.ts'
import mine from './my-metric.ts'
import { metricSource } from './template.ts'

metricConformance(mine)

test('the template takes the name given', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-metric-'))
  try {
    const file = join(folder, 'busy-cells.ts')
    const home = import.meta.resolve('@vitrine/metrics')
    writeFileSync(file, metricSource('busy-cells', { bundled: false }).replace('@vitrine/metrics', home))
    const { default: made }: { default: typeof mine } = await import(pathToFileURL(file).href)
    assert.deepEqual([made.id, made.name, made.heading, made.version], ['busy-cells', 'Busy cells', 'busy cells', 1])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a bundled metric imports its neighbours and has the version of its group', () => {
  const text = metricSource('busy-cells', { bundled: true })
  assert.match(text, /import \{ metric \} from '\.\.\/metric\.ts'/)
  assert.doesNotMatch(text, /version/)
})

test('a name that is taken, or no name, is refused', () => {
  assert.throws(() => metricSource('entropy', { bundled: false }), MetricError)
  assert.throws(() => metricSource('My Metric', { bundled: false }), /expected lower-case words joined by hyphens/)
})
