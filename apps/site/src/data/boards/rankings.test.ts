import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metrics } from '@vitrine/metrics'
import type { Measure } from '../load/measures.ts'
import type { Entry } from '../load/records.ts'
import type { Board } from './boards.ts'
import { distinctMeasures, rangesOver, rankingsOf, ranksOverMeasures, tauOf } from './rankings.ts'

const measure = (id: 'average-precision' | 'mass-accuracy' | 'outside-mass' | 'roc-auc'): Measure => ({
  key: `${metrics[id].group}.predicted.${id}`,
  metric: metrics[id],
  target: 'predicted',
  perThreshold: false,
  best: false,
})
const all = (['average-precision', 'mass-accuracy', 'outside-mass', 'roc-auc'] as const).map(measure)

/** A board of methods, with the mean of each by each measure. */
function boardOf(rows: Readonly<Record<string, readonly number[]>>, setting: Partial<Board['setting']> = {}): Board {
  const done = Object.entries(rows).map(([row, means]) => ({
    row,
    slug: row,
    method: { id: row, control: row === 'noise' },
    dataset: { id: setting.dataset ?? 'scenes', name: setting.dataset ?? 'scenes' },
    values: new Map(all.map(({ key }, i) => [key, [means[i] ?? 0, means[i] ?? 0]])),
  })) as unknown as Entry[]
  return {
    setting: { model: 'm', dataset: 'scenes', protocol: 'standard', removal: 'zero', engine: 'e', ...setting },
    done,
    entries: done,
    measures: all,
    images: { index: [0, 1] },
  } as unknown as Board
}

// By the second measure b is first; the third is one minus it, and less is better.
const board = boardOf({
  a: [0.9, 0.2, 0.8, 0.8],
  b: [0.8, 0.6, 0.4, 0.7],
  c: [0.1, 0.3, 0.7, 0.9],
  noise: [1, 1, 0, 1],
})

test('ranks are those among methods, over all measures but those that say the same', () => {
  assert.deepEqual(
    distinctMeasures(board).map(({ metric }) => metric.id),
    ['average-precision', 'mass-accuracy', 'roc-auc'],
  )
  const { rows, names } = ranksOverMeasures(board) ?? assert.fail()
  assert.equal(names.length, 3)
  assert.equal(rows.has('noise'), false)
  const { best, worst, median, reciprocal } = rows.get('a') ?? assert.fail()
  assert.deepEqual([best, worst, median], [1, 3, 2])
  assert.ok(Math.abs(reciprocal - (1 + 1 / 3 + 1 / 2) / 3) < 1e-12)
})

test('a tau is over the methods that both rank', () => {
  const [first, second] = [
    new Map([
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ]),
    new Map([
      ['a', 1],
      ['b', 2],
      ['d', 9],
    ]),
  ]
  assert.ok(Math.abs((tauOf(first, first) ?? 0) - 1) < 1e-12)
  assert.ok(Math.abs((tauOf(first, second) ?? 0) + 1) < 1e-12)
})

test('settings are data sets, protocols, removals and classes that rank nearly all methods; ranks are those of the first ones', () => {
  const other = boardOf({ a: [0.1], b: [0.2], c: [0.3], d: [0.9] }, { removal: 'blur sigma 10' })
  const few = boardOf({ a: [0.1] }, { dataset: 'photographs' })
  const engine = boardOf({ a: [0.1], b: [0.2], c: [0.3] }, { engine: 'f' })
  const found = rankingsOf(board, [board, other, few, engine], 'average-precision')
  assert.deepEqual(
    found.map(({ name }) => name),
    ['scenes, standard, predicted class', 'scenes, standard, blur sigma 10 removal, predicted class'],
  )
  assert.deepEqual(
    [...rangesOver(board, found)].map(([row, { best, worst }]) => [row, best, worst]),
    [
      ['a', 1, 3],
      ['b', 2, 2],
      ['c', 1, 3],
    ],
  )
})
