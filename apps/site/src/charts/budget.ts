import * as Plot from '@observablehq/plot'
import { type Board, leadMeasure } from '../data/boards/boards.ts'
import { measureName } from '../data/load/measures.ts'
import { type Entry, intervalOf } from '../data/load/records.ts'
import { budgetOf } from '../data/words/budgets.ts'
import { fixed, plural, significant } from '../shared/format.ts'
import { meanOfValues } from '../shared/mean.ts'
import type { ChartView } from './chart.ts'
import { draw, ink, logTick } from './draw.ts'

/** Quality of one method over what it may cost; `null` unless it was measured with several budgets. */
export function budgetChart(board: Board, id: string): ChartView | null {
  const measure = leadMeasure(board)
  if (!measure) return null
  const points = [...board.done, ...board.budgets]
    .filter(entry => entry.method.id === id && entry.status === 'ok' && entry.cost.relativeFlops > 0)
    .filter(entry => entry.row === id || board.budgets.includes(entry))
    .flatMap((entry: Entry) => {
      const y = meanOfValues(entry.values.get(measure.key) ?? [])
      const [low, high] = intervalOf(entry, measure.key) ?? [y ?? 0, y ?? 0]
      return y === null
        ? []
        : [{ x: entry.cost.relativeFlops, y, low, high, name: budgetOf(entry), own: entry.row === id }]
    })
    .sort((a, b) => a.x - b.x)
  const [first, last] = [points[0], points.at(-1)]
  if (points.length < 2 || !first || !last) return null
  const what = measureName(measure, board.thresholds[board.at])
  const svg = draw(
    {
      x: { label: 'Forward passes', type: 'log', tickFormat: logTick(), nice: true },
      y: { label: what, nice: true, ticks: 4, grid: true },
      marks: [
        Plot.line(points, { x: 'x', y: 'y', stroke: ink.quiet }),
        Plot.ruleX(points, { x: 'x', y1: 'low', y2: 'high', stroke: ink.faint }),
        Plot.dot(points, { x: 'x', y: 'y', r: 4, fill: d => (d.own ? ink.chosen : ink.quiet) }),
        // Below and right of its point, where neither the line of a growing quality nor the interval runs.
        Plot.text(points, {
          x: 'x',
          y: 'y',
          text: 'name',
          textAnchor: 'start',
          dx: 8,
          dy: 9,
          fill: d => (d.own ? ink.chosen : ink.quiet),
        }),
      ],
    },
    `${what} against the budget`,
  )
  return {
    title: 'Quality over passes',
    reading: `${fixed(first.y, 2)} with ${first.name}, ${fixed(last.y, 2)} with ${last.name}, on ${plural(board.images.index.length, 'image')}.`,
    svg,
    head: ['Budget', 'Forward passes', what, '95 % interval'],
    rows: points.map(p => [p.name, significant(p.x), fixed(p.y, 3), `${fixed(p.low, 3)} to ${fixed(p.high, 3)}`]),
  }
}
