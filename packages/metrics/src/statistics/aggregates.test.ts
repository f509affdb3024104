import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../protocols.ts'
import { aggregate } from './aggregates.ts'
import type { StoredRecord } from './image-values.ts'
import { intervalsOf, summarizeDiagnostics } from './summary.ts'
import { thresholdSweep } from './thresholds.ts'

const ious = (...perImage: number[][]): Record<string, unknown[]> => ({
  'localization.predicted.state': perImage.map(() => 'ok'),
  // With tp + fp + fn = 100, tp is the IoU in percent.
  'localization.predicted.tp': perImage.map(list => list.map(iou => 100 * iou)),
  'localization.predicted.fp': perImage.map(list => list.map(iou => 100 - 100 * iou)),
  'localization.predicted.fn': perImage.map(list => list.map(() => 0)),
  'localization.predicted.tn': perImage.map(list => list.map(() => 10)),
})
const record = (columns: Record<string, unknown[]>): StoredRecord => ({
  thresholds: [0.3, 0.5, 0.7],
  protocol: { choices: JSON.parse(JSON.stringify(protocols.standard)) },
  columns: { correct: Object.values(columns)[0]!.map(() => true), ...columns },
})
const near = (found: unknown, expected: number) =>
  assert.ok(typeof found === 'number' && Math.abs(found - expected) < 1e-9, `${found}, expected ${expected}`)

const early = record(ious([0.8, 0.2, 0.1], [0.6, 0.4, 0.1]))
const late = record(ious([0.1, 0.3, 0.7], [0.1, 0.5, 0.7]))

test('the best threshold, and what 0.5 loses to it', () => {
  assert.equal(aggregate('best-threshold', early, 'predicted')?.value, 0.3)
  near(aggregate('threshold-gap', early, 'predicted')?.value, 0.4)
  near(aggregate('threshold-gap', late, 'predicted')?.value, 0.3)
  assert.equal(aggregate('threshold-gap', early, 'label'), null)
})

test('the interval of the gap covers the choice of the threshold', () => {
  // In either resample of one image twice the gap is 0.6 or 0.2; mixed it is 0.4.
  const found = aggregate('threshold-gap', early, 'predicted')?.interval
  near(found?.[0], 0.2)
  near(found?.[1], 0.6)
})

test('ranks over the threshold', () => {
  const [a, b] = thresholdSweep(
    [
      { id: 'early', record: early },
      { id: 'late', record: late },
    ],
    'predicted',
  )
  assert.deepEqual(a?.ranks, [1, 2, 2])
  assert.deepEqual(b?.ranks, [2, 1, 1])
  assert.deepEqual(a?.best, { threshold: 0.3, value: 0.7 })
})

const diffuse = record({
  distractors: [0, 1, 2, 3, null, 3],
  'diffusion.predicted.state': ['ok', 'ok', 'ok', 'ok', 'ok', 'flat'],
  'diffusion.predicted.outside-mass': [0.1, 0.2, 0.3, 0.4, 0.9, null],
  'diffusion.predicted.effective-area': [0.3, 0.3, 0.3, 0.3, 0.1, null],
})

test('growth is the slope over the number of distractors, where that is known', () => {
  near(aggregate('outside-mass-growth', diffuse, 'predicted')?.value, 0.1)
  near(aggregate('effective-area-growth', diffuse, 'predicted')?.value, 0)
})

test('without two different numbers of distractors there is no slope', () => {
  const same = record({ ...diffuse.columns, distractors: [2, 2, 2, 2, 2, 2] } as Record<string, unknown[]>)
  assert.deepEqual(aggregate('outside-mass-growth', same, 'predicted'), { value: null, interval: null })
})

test('a summary has the means, the aggregates and the images behind them', () => {
  const { summary, counts } = summarizeDiagnostics(diffuse)
  near(summary['diffusion.predicted.outside-mass'], 1.9 / 5)
  near(summary['diffusion.predicted.outside-mass-growth'], 0.1)
  assert.equal(counts['diffusion.predicted.included'], 5)
  assert.equal(counts['diffusion.predicted.flat'], 1)
  assert.deepEqual(
    Object.keys(summary).filter(name => name.startsWith('frozen')),
    [],
  )
})

test('intervals are there for means, areas, each threshold and aggregates', () => {
  const intervals = intervalsOf(record({ ...early.columns } as Record<string, unknown[]>))
  assert.deepEqual(intervals['localization.predicted.iou']?.length, 3)
  const [low, high] = intervals['localization.predicted.iou.area'] as [number, number]
  near(low, (0.8 + 2 * 0.2 + 0.1) / 4)
  near(high, (0.6 + 2 * 0.4 + 0.1) / 4)
  assert.ok(intervals['localization.predicted.threshold-gap'])
})
