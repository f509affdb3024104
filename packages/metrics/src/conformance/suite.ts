import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMapMetric } from '../map/measure-map.ts'
import type { AnyMetric } from '../metric.ts'
import { rangeOf } from '../row.ts'
import type { Examples } from './examples.ts'
import { mapConformance } from './map-suite.ts'
import { differences, type Trial, trials } from './trials.ts'

/**
 * Registers the tests that every metric must pass, bundled or not: its values stay in its range, its direction is what it says, and it
 * depends on nothing but what it is given.
 */
export function metricConformance(metric: AnyMetric): void {
  const { id, direction, range } = metric
  const [least, greatest] = range
  const name = (what: string) => `${id}: ${what}`
  const { good, bad, others } = (trials[metric.group] as (metric: AnyMetric) => Examples<Trial>)(metric)
  const all = [good, bad, ...others]

  test(name('every value is in the range, or null'), () => {
    for (const trial of all) {
      const value = trial.value()
      assert.ok(value === null || (value >= least && value <= greatest), `${value}, expected ${least} to ${greatest}`)
    }
  })

  const ofDifferences = differences[metric.group] as ((metric: AnyMetric) => readonly (number | null)[]) | undefined
  if (ofDifferences)
    test(name('every value is in the range for a class against others, or null'), () => {
      const [low, high] = rangeOf(metric, true)
      for (const value of ofDifferences(metric))
        assert.ok(value === null || (value >= low && value <= high), `${value}, expected ${low} to ${high}`)
    })

  test(name(`${direction} is better`), () => {
    const [better, worse] = [good.value(), bad.value()]
    assert.ok(better !== null && worse !== null, `expected values, got ${better} and ${worse}`)
    const sign = direction === 'higher' ? 1 : -1
    assert.ok(sign * better > sign * worse, `the good example has ${better} and the bad one ${worse}`)
  })

  test(name('images may come in any order'), () => {
    const forwards = all.map(trial => trial.value())
    const backwards = all.toReversed().map(trial => trial.value())
    assert.deepEqual(backwards.toReversed(), forwards)
  })

  test(name('what it is given stays as it is'), () => {
    for (const { question, value } of all) {
      const before = structuredClone(question)
      value()
      assert.deepEqual(structuredClone(question), before)
    }
  })

  if (isMapMetric(metric)) mapConformance(metric)
}
