import { costOf, resultsOf } from '@vitrine/measure'
import { type DiagnosticRules, type MetricId, metrics, type Target } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { type Column, shownName, shownNumber, textTable } from '../cli/text-table.ts'

/** The metrics that the text table shows, under short heads, the most telling first. */
const shown: readonly (readonly [head: string, metric: MetricId, target: Target])[] = [
  ['fine energy', 'fine-energy', 'predicted'],
  ['variation', 'total-variation', 'predicted'],
  ['edges', 'background-edges', 'predicted'],
  ['area 90 %', 'effective-area', 'predicted'],
  ['entropy', 'entropy', 'predicted'],
  ['outside', 'outside-mass', 'predicted'],
  ['coupling', 'coupling', 'predicted'],
  ['frozen', 'frozen-share', 'predicted'],
  ['mass A-B', 'mass-difference', 'label'],
  ['points A+B', 'pointing-both', 'label'],
  ['change A/B', 'class-change', 'label'],
]

/**
 * How the maps of a group fail: means over the images, `-` where nothing could be measured.
 *
 * @param room columns of the terminal; `undefined` for any width
 */
export function failureTable(
  group: readonly BenchRecord[],
  { fall, similar }: DiagnosticRules,
  room: number | undefined,
): string[] {
  const done = group.filter(r => r.status === 'ok')
  const name = ([, metric, target]: (typeof shown)[number]) => `${metrics[metric].group}.${target}.${metric}`
  const columns = shown.filter(column => done.some(r => typeof resultsOf(r).summary[name(column)] === 'number'))
  if (columns.length === 0) return []
  const arrow = ([, metric]: (typeof shown)[number]) => (metrics[metric].direction === 'higher' ? '+' : '-')
  const heads: Column[] = [
    { head: 'failures', align: 'left' },
    ...columns.map((column, i) => ({ head: `${column[0]} ${arrow(column)}`, drop: i + 1 })),
    { head: 'extra maps', drop: columns.length + 1 },
  ]
  const rows = done.map(r => [
    shownName(r),
    ...columns.map(column => shownNumber(resultsOf(r).summary[name(column)])),
    shownNumber(costOf(r).furtherExplanationsPerImage, 1),
  ])
  return [
    textTable(heads, rows, room),
    `+ more is better, - less; frozen: confidence falls by more than ${100 * fall} % and the map keeps a rank correlation above ${similar}; extra maps: explanations per image`,
  ]
}
