import * as Plot from '@observablehq/plot'
import { type Board, leadMeasure } from '../data/boards/boards.ts'
import { costs } from '../data/boards/plain.ts'
import { standingsOf } from '../data/boards/standings.ts'
import { measureName } from '../data/load/measures.ts'
import { methodOf } from '../data/words/methods.ts'
import { fixed, list, significant } from '../shared/format.ts'
import type { ChartView } from './chart.ts'
import { draw, ink, logTick, names, roomFor, spread } from './draw.ts'

/** Quality against cost, with the methods that nothing beats in both. */
export async function paretoChart(board: Board): Promise<ChartView | null> {
  const measure = leadMeasure(board)
  const cost = costs.find(c => board.done.some(entry => c.value(entry) !== null))
  if (!measure || !cost || measure.metric.direction !== 'higher') return null
  const found = (await standingsOf(board)).get(measure.key)
  const points = board.done.flatMap(entry => {
    if (entry.ceiling) return []
    const standing = found?.get(entry.slug)
    const x = cost.value(entry)
    if (x === null || x <= 0 || standing?.mean == null) return []
    return [
      {
        name: methodOf(entry).label,
        x,
        y: standing.mean,
        interval: standing.interval ?? [standing.mean, standing.mean],
        control: entry.method.control,
      },
    ]
  })
  if (points.length < 2) return null
  const ordered = points.toSorted((a, b) => a.x - b.x || b.y - a.y)
  const front = ordered.filter((p, i) => ordered.slice(0, i).every(q => q.y < p.y))
  const high = Math.max(...points.map(p => p.interval[1] ?? p.y))
  const most = Math.max(...points.map(p => p.x))
  const least = Math.min(...points.map(p => p.x))
  const low = Math.min(...points.map(p => p.y))
  const named = points.filter(p => front.includes(p) || p.control)
  // One above the other wherever they stand, since names are wide; a line leads to each mark.
  const labels = spread(named, ((high - low) * 17) / 280)
  const what = measureName(measure, board.thresholds[board.at])
  const room = roomFor(named.map(point => point.name))
  const svg = draw(
    {
      marginRight: room,
      width: 490 + room,
      x: {
        label: `${cost.name}: ${cost.title.toLowerCase()}`,
        type: 'log',
        domain: [least / 1.15, most * 1.15],
        ticks: 4,
        tickFormat: logTick(),
      },
      y: { label: what, domain: [low, high + (high - low) / 5], nice: true, ticks: 4, grid: true },
      marks: [
        Plot.line([...front, { x: most * 1.15, y: front.at(-1)?.y ?? 0 }], {
          x: 'x',
          y: 'y',
          curve: 'step-after',
          stroke: ink.chosen,
          strokeWidth: 1.25,
        }),
        Plot.ruleX(points, { x: 'x', y1: d => d.interval[0], y2: d => d.interval[1], stroke: ink.faint }),
        Plot.dot(points, {
          x: 'x',
          y: 'y',
          r: 4,
          fill: d => (front.includes(d) ? ink.chosen : 'var(--case)'),
          stroke: d => (front.includes(d) ? ink.chosen : ink.quiet),
        }),
        Plot.link(labels, { x1: 'x', x2: 'x', y1: 'y', y2: 'at', stroke: ink.faint, strokeDasharray: '2 2' }),
        ...names(labels, {
          x: 'x',
          y: 'at',
          dx: 6,
          dy: -6,
          fill: d => (front.some(f => f.name === d.name) ? ink.chosen : ink.quiet),
        }),
      ],
    },
    `${what} against cost`,
  )
  return {
    title: 'Quality against cost',
    reading: `Nothing is both better and cheaper than ${list(front.filter(p => !p.control).map(p => p.name)) || 'the controls'}.`,
    svg,
    head: ['Method', cost.name, what, '95 % interval'],
    rows: ordered.map(p => [p.name, significant(p.x), fixed(p.y, 3), p.interval.map(v => fixed(v, 3)).join(' to ')]),
  }
}
