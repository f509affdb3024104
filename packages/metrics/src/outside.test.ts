import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from './errors.ts'
import { measureMap } from './map/measure-map.ts'
import type { MapMetric } from './metric.ts'
import { loadMetric } from './outside.ts'
import { protocols } from './protocols.ts'
import { customValues, metricFailures } from './statistics/image-values.ts'
import { intervalsOf, summarizeDiagnostics } from './statistics/summary.ts'
import mine from './template/my-metric.ts'
import { boxScene, mapOf } from './testing/scenes.ts'

const rules = protocols.standard.diagnostics ?? assert.fail()
const truth = boxScene([4, 5, 9, 10])
const half = mapOf((_, column) => Number(column < 7))

test('a metric from a module is measured beside the bundled ones, which stay as they are', () => {
  const { custom, ...bundled } = measureMap(rules, half, truth, [loadMetric({ default: mine }, './mine.ts')])
  assert.deepEqual(custom, { state: 'ok', values: { 'my-metric': 0.5 } })
  assert.deepEqual(bundled, measureMap(rules, half, truth))
})

test('a map without numbers has a state for it too', () => {
  assert.deepEqual(
    measureMap(
      rules,
      mapOf(() => 1),
      truth,
      [mine],
    ).custom,
    { state: 'flat' },
  )
  const texture: MapMetric = { ...mine, group: 'texture', measure: () => assert.fail('a constant map has no texture') }
  const constant = mapOf(() => 1, { scale: 'unit' })
  assert.deepEqual(measureMap(rules, constant, truth, [texture]).custom, { state: 'ok', values: { 'my-metric': null } })
})

test('what is no metric of a map is refused, with the reason', () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /\.\/mine\.ts: expected `export default metric\(\{ … \}\)`, got undefined/],
    [
      { ...mine, group: 'frozen' },
      /expected a metric of one map \(pointing, texture, diffusion, benchmarks, complexity\), got one of frozen/,
    ],
    [{ ...mine, measure: 3 }, /expected a metric of one map/],
    [{ ...mine, id: 'entropy' }, /the id "entropy" is taken by a bundled metric/],
    [{ ...mine, id: 'state' }, /the id "state" is taken by the column of states/],
    [{ ...mine, version: 0 }, /my-metric: version: expected a whole number from 1, got 0/],
  ]
  for (const [exported, message] of refused)
    assert.throws(
      () => loadMetric({ default: exported }, './mine.ts'),
      (error: unknown) => error instanceof MetricError && message.test(error.message),
    )
})

test('a metric that throws, or gives no number, is told by name', () => {
  const broken: readonly (readonly [() => unknown, RegExp])[] = [
    [() => Number.NaN, /my-metric: measure: expected a finite number or null, got NaN/],
    [() => undefined, /my-metric: measure: expected a finite number or null, got undefined/],
    [() => assert.fail('no such thing'), /my-metric: measure: no such thing/],
  ]
  for (const [measure, message] of broken) {
    const loaded = loadMetric({ default: { ...mine, measure } }, './mine.ts')
    assert.throws(
      () => measureMap(rules, half, truth, [loaded]),
      (error: unknown) => error instanceof MetricError && message.test(error.message),
    )
  }
})

test('what it failed on is counted with a reason, and is no column of values', () => {
  const record = {
    thresholds: [0.5],
    protocol: { choices: protocols.standard },
    columns: {
      'custom.predicted.my-metric': [0.25, null, null],
      'custom.predicted.my-metric.failed': [null, 'no such thing', 'another thing'],
    },
  }
  assert.deepEqual(
    customValues(record).map(({ name, values }) => [name, values]),
    [['custom.predicted.my-metric', [0.25, null, null]]],
  )
  assert.deepEqual(metricFailures(record), [
    { id: 'my-metric', target: 'predicted', images: 2, reason: 'no such thing' },
  ])
  assert.equal(summarizeDiagnostics(record).counts['custom.predicted.my-metric.failed'], 2)
})

test('its columns are read, counted and summed up like others', () => {
  const record = {
    thresholds: [0.5],
    protocol: { choices: protocols.standard },
    columns: {
      correct: [true, true, true],
      'custom.predicted.state': ['ok', 'ok', 'flat'],
      'custom.predicted.my-metric': [0.25, 0.75, undefined],
    },
  }
  assert.deepEqual(customValues(record), [
    { name: 'custom.predicted.my-metric', id: 'my-metric', target: 'predicted', values: [0.25, 0.75, null] },
  ])
  const { summary, counts } = summarizeDiagnostics(record)
  assert.equal(summary['custom.predicted.my-metric'], 0.5)
  assert.deepEqual([counts['custom.predicted.included'], counts['custom.predicted.flat']], [2, 1])
  assert.deepEqual(intervalsOf(record, { resamples: 500 })['custom.predicted.my-metric'], [0.25, 0.75])
})
