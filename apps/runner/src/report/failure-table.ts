import { costOf, resultsOf } from '@vitrine/measure'
import { type DiagnosticRules, type MetricId, metrics, type Target } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { shownName, shownNumber, textTable } from '../cli/text-table.ts'

/** The metrics that the text table shows, under short heads. */
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

/** How the maps of a group fail: means over the images, `-` where nothing could be measured. */
export function failureTable(group: readonly BenchRecord[], { fall, similar }: DiagnosticRules): string[] {
  const done = group.filter(r => r.status === 'ok')
  const name = ([, metric, target]: (typeof shown)[number]) => `${metrics[metric].group}.${target}.${metric}`
  const columns = shown.filter(column => done.some(r => typeof resultsOf(r).summary[name(column)] === 'number'))
  if (columns.length === 0) return []
  const arrow = ([, metric]: (typeof shown)[number]) => (metrics[metric].direction === 'higher' ? '+' : '-')
  const head = ['failures', ...columns.map(column => `${column[0]} ${arrow(column)}`), 'extra maps']
  const rows = done.map(r => [
    shownName(r),
    ...columns.map(column => shownNumber(resultsOf(r).summary[name(column)])),
    shownNumber(costOf(r).furtherExplanationsPerImage, 1),
  ])
  return [
    textTable(
      [head, ...rows],
      head.map((_, c) => (c === 0 ? 'left' : 'right')),
    ),
    `+ more is better, - less; frozen: confidence falls by more than ${100 * fall} % and the map keeps a rank correlation above ${similar}; extra maps: explanations per image`,
  ]
}
