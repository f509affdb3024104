import * as Plot from '@observablehq/plot'
import { type EngineTable, pairsOf } from '../data/boards/engines.ts'
import { significant } from '../shared/format.ts'
import type { ChartView } from './chart.ts'
import { draw, ink, logTick, roomFor } from './draw.ts'

/** Below this, float32 engines cannot be told apart; drawn as this. */
const LEAST = 1e-8

/** How far the maps of two engines are apart, method by method: the median image and the worst one. */
export function agreementChart(table: EngineTable): ChartView | null {
  const pairs = pairsOf(table)
  const points = pairs.flatMap(({ engine, reference, rows }) =>
    rows.flatMap(({ row, method, summary }) => {
      const found = summary['map.predicted.relative']
      if (!found) return []
      const name = row === method.id ? method.name : `${method.name} ${row.slice(method.id.length)}`
      const pair = pairs.length === 1 ? '' : `, ${engine} against ${reference}`
      const shown = (value: number) => Math.max(LEAST, value)
      return [{ name: name + pair, median: shown(found.median), worst: shown(found.worst), found }]
    }),
  )
  if (points.length === 0) return null
  points.sort((a, b) => a.worst - b.worst)
  const last = points.at(-1)
  const svg = draw(
    {
      height: 80 + 22 * points.length,
      marginLeft: roomFor(points.map(p => p.name)),
      width: 440 + roomFor(points.map(p => p.name)),
      marginRight: 90,
      x: {
        type: 'log',
        label: "Difference of the maps, over the map's greatest value",
        ticks: 5,
        tickFormat: logTick([1]),
        grid: true,
      },
      y: { label: null, domain: points.map(p => p.name), tickSize: 0 },
      marks: [
        Plot.ruleY(points, { y: 'name', x1: 'median', x2: 'worst', stroke: ink.faint }),
        Plot.dot(points, { x: 'worst', y: 'name', r: 4, fill: 'var(--case)', stroke: ink.plain }),
        Plot.dot(points, { x: 'median', y: 'name', r: 4, fill: ink.chosen }),
        Plot.text(last ? [last] : [], {
          x: 'worst',
          y: 'name',
          text: () => 'worst image',
          dx: 9,
          textAnchor: 'start',
          fill: ink.plain,
        }),
        Plot.text(last ? [last] : [], {
          x: 'median',
          y: 'name',
          text: () => 'median image',
          dy: -12,
          fill: ink.chosen,
        }),
      ],
    },
    'Difference of the maps on two engines',
  )
  return {
    title: `How far engines are apart, ${table.dataset}`,
    reading: last
      ? `The farthest apart, ${last.name}, differs by ${significant(last.found.worst)} of the map's greatest value in its worst image.`
      : '',
    svg,
    head: ['Method', 'Median image', 'Worst image'],
    rows: points.map(({ name, found }) => [name, significant(found.median), significant(found.worst)]),
  }
}
