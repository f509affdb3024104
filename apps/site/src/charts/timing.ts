import * as Plot from '@observablehq/plot'
import { engineOf } from '@vitrine/records'
import { isTimed, median, multiples } from '../data/boards/plain.ts'
import type { Entry } from '../data/load/records.ts'
import { list, significant } from '../shared/format.ts'
import type { ChartView } from './chart.ts'
import { draw, ink } from './draw.ts'

/** One method's timings on each engine, in the order taken, as multiples of the forward pass of the same round. */
export function timingChart(entries: readonly Entry[]): ChartView | null {
  const engines = [...new Map(entries.filter(isTimed).map(e => [engineOf(e), e]))]
  if (engines.length === 0) return null
  const points = engines.flatMap(([engine, entry]) => multiples(entry).map((y, i) => ({ engine, x: i + 1, y })))
  const svg = draw(
    {
      height: 80 + 76 * engines.length,
      marginLeft: 110,
      fy: { label: null, domain: engines.map(([engine]) => engine) },
      x: {
        label: 'Time as a multiple of the forward pass of the same round',
        zero: true,
        nice: true,
        ticks: 5,
        grid: true,
      },
      y: { axis: null, reverse: true },
      marks: [
        Plot.ruleX([1], { stroke: ink.faint }),
        Plot.ruleX(
          engines.map(([engine, entry]) => ({ engine, x: median(multiples(entry)) ?? 0 })),
          { x: 'x', fy: 'engine', stroke: ink.plain, strokeWidth: 2 },
        ),
        Plot.dot(points, { x: 'y', y: 'x', fy: 'engine', r: 3.5, fill: ink.chosen }),
      ],
    },
    'Timings per engine',
  )
  return {
    title: 'How long it takes',
    reading: `${list(engines.map(([engine, entry]) => `${significant(median(multiples(entry)) ?? 0)} forward passes on ${engine}`))}, in the median; rounds from top to bottom in the order taken.`,
    svg,
    head: ['Engine', 'Round', '× forward'],
    rows: points.map(p => [p.engine, String(p.x), significant(p.y)]),
  }
}
