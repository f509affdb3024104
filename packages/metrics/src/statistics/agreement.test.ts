import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../protocols.ts'
import { mapAgreement, metricDifferences } from './agreement.ts'

test('maps are compared by their largest difference, as it is and against the largest cell, and by their ranks', () => {
  // Ranks 1 2 3 4 and 1 2 4 3: 1 - 6 (1 + 1) / (4 (16 - 1)) = 0.8.
  const { absolute, relative, spearman } = mapAgreement([-4, 0, 1, 2], [-4, 0, 2, 1.5])
  assert.deepEqual([absolute, relative, spearman], [1, 0.25, 0.8])
})

test('equal maps agree, and a flat map has no ranks', () => {
  assert.deepEqual(mapAgreement([1, 2, 3], [1, 2, 3]), { absolute: 0, relative: 0, spearman: 1 })
  assert.deepEqual(mapAgreement([0, 0], [0, 0]), { absolute: 0, relative: 0, spearman: null })
})

test('maps of two sizes are refused', () => {
  assert.throws(() => mapAgreement([1], [1, 2]), /expected two maps of one size, got 1 and 2 cells/)
})

test('metrics are compared image by image, localization at the threshold where it differs most', () => {
  const record = (tp: number[][], morf: number[][]) => ({
    thresholds: [0.3, 0.5],
    protocol: { choices: protocols.standard },
    columns: {
      correct: [true, true, true],
      'localization.predicted.state': ['ok', 'ok', 'flat'],
      'localization.predicted.tp': [...tp, null],
      'localization.predicted.fp': [[0, 0], [0, 0], null],
      'localization.predicted.fn': [[2, 3], [2, 2], null],
      'localization.predicted.tn': [[0, 0], [0, 0], null],
      'faithfulness.label.state': ['ok', 'ok', 'ok'],
      'faithfulness.label.morf': morf,
      'faithfulness.label.lerf': morf.map(curve => curve.map(() => 1)),
    },
  })
  const flat = new Array(7).fill(0.5)
  const steeper = [0.7, ...new Array(6).fill(0.5)]
  // IoU 2/4 and 1/4 against 2/4 and 3/6; the second image does not change.
  const differences = metricDifferences(
    record(
      [
        [2, 1],
        [2, 2],
      ],
      [flat, flat, flat],
    ),
    record(
      [
        [2, 3],
        [2, 2],
      ],
      [flat, steeper, flat],
    ),
  )
  assert.deepEqual(differences['localization.predicted.iou'], [0.25, 0, null])
  // The trapezoid of the first tenth grows by 0.1 * 0.2 / 2.
  assert.ok(Math.abs((differences['faithfulness.label.morf-area']?.[1] ?? 0) - 0.01) < 1e-12)
  assert.equal(differences['faithfulness.predicted.abpc'], undefined)
})
