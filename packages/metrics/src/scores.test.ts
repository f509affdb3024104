import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from './errors.ts'
import { area } from './faithfulness/area.ts'
import { type MetricId, metrics } from './metrics.ts'
import { protocols } from './protocols.ts'
import { faithfulnessScores, localizationScores } from './scores.ts'

const { paper, standard } = protocols
const close = (got: number, expected: number) =>
  assert.ok(Math.abs(got - expected) < 1e-12, `expected ${expected}, got ${got}`)

test('localization scores by hand', () => {
  const scores = localizationScores(standard, { tp: [6], fp: [2], fn: [3], tn: [9] })
  assert.deepEqual(scores, {
    'pixel-accuracy': [15 / 20],
    iou: [6 / 11],
    dice: [12 / 17],
    precision: [6 / 8],
    recall: [6 / 9],
  })
})

test('paper adds 1e-5 above and below: an empty prediction has precision 1 and a tiny iou', () => {
  const scores = localizationScores(paper, { tp: [0], fp: [0], fn: [100], tn: [0] })
  assert.deepEqual(scores.precision, [1])
  close(scores.iou[0]!, 1e-5 / 100.00001)
  close(scores.recall[0]!, 1e-5 / 100.00001)
})

test('standard has precision 0 where nothing is predicted', () => {
  assert.deepEqual(localizationScores(standard, { tp: [0], fp: [0], fn: [4], tn: [12] }).precision, [0])
})

test('areas by hand: the mean of the samples, or trapezoids over the length', () => {
  close(area('mean', [0, 0.5, 1], [1, 0.5, 0.6]), 0.7)
  close(area('trapezoid', [0, 0.5, 1], [1, 0.5, 0.6]), 0.5 * 0.75 + 0.5 * 0.55)
  close(area('trapezoid', [0.2, 0.4, 1], [1, 0, 0]), (0.2 * 0.5) / 0.8)
  close(area('trapezoid', [0.1, 0.2, 0.9], [0.3, 0.3, 0.3]), 0.3)
})

test('ABPC is the area of LeRF less that of MoRF', () => {
  const { steps } = standard.faithfulness
  const scores = faithfulnessScores(standard, { lerf: steps.map(step => 1 - step), morf: steps.map(() => 0.125) })
  close(scores['lerf-area'], 0.5)
  close(scores['morf-area'], 0.125)
  close(scores.abpc, 0.375)
})

test('a curve of another length is an error', () => {
  assert.throws(() => faithfulnessScores(paper, { lerf: [1], morf: [1] }), MetricError)
})

test('every row of the metric table is its own key, and its worst value is the bad end of its range', () => {
  for (const [key, { id, direction, range, worst }] of Object.entries(metrics)) {
    assert.equal(id, key as MetricId)
    assert.equal(worst, range[direction === 'higher' ? 0 : 1])
  }
})

test('protocols are plain JSON', () => {
  for (const protocol of [paper, standard]) assert.deepEqual(JSON.parse(JSON.stringify(protocol)), protocol)
})
