import * as Plot from '@observablehq/plot'
import { type EngineTable, sharedRows } from '../data/boards/engines.ts'
import { isTimed, median, multiples } from '../data/boards/plain.ts'
import { significant } from '../shared/format.ts'
import type { ChartView } from './chart.ts'
import { draw, ink, logTick, roomFor } from './draw.ts'

const shades = [ink.chosen, ink.plain, 'var(--warn)', ink.quiet]

/** What each method costs on each engine, as a multiple of that engine's forward pass. */
export function engineChart(table: EngineTable): ChartView | null {
  const { engines, dataset } = table
  const found = sharedRows(table).flatMap(({ method, row, entries }) => {
    const times = engines.flatMap(engine => {
      const entry = entries.get(engine)
      const x = entry && isTimed(entry) ? median(multiples(entry)) : null
      return x ? [{ engine, x }] : []
    })
    return times.length === 0
      ? []
      : [{ name: row === method.id ? method.label : `${method.label} ${row.slice(method.id.length)}`, times }]
  })
  if (found.length === 0) return null
  const least = (times: readonly { x: number }[]) => Math.min(...times.map(t => t.x))
  const greatest = (times: readonly { x: number }[]) => Math.max(...times.map(t => t.x))
  found.sort((a, b) => least(a.times) - least(b.times))
  const points = found.flatMap(({ name, times }) => times.map(time => ({ name, ...time })))
  const most = Math.max(...points.map(p => p.x))
  const colour = (engine: string) => shades[engines.indexOf(engine) % shades.length] ?? ink.plain
  // Where the engines lie farthest apart their names have room.
  const apart = ({ times }: (typeof found)[number]) => greatest(times) / least(times)
  const [widest] = found.toSorted((a, b) => apart(b) - apart(a))
  const svg = draw(
    {
      height: 70 + 22 * found.length,
      marginLeft: roomFor(found.map(f => f.name)),
      width: 460 + roomFor(found.map(f => f.name)),
      marginRight: 90,
      marginTop: 30,
      x: {
        type: 'log',
        domain: [Math.min(0.8, least(points)), most * 1.1],
        label: 'Time as a multiple of the forward pass',
        ticks: 5,
        tickFormat: logTick(),
        grid: true,
      },
      y: { label: null, domain: found.map(f => f.name), tickSize: 0 },
      marks: [
        Plot.ruleY(found, {
          y: 'name',
          x1: f => least(f.times),
          x2: f => greatest(f.times),
          stroke: ink.faint,
        }),
        Plot.dot(points, { x: 'x', y: 'name', r: 4.5, fill: p => colour(p.engine) }),
        Plot.text(
          points.filter(p => p.name === widest?.name),
          { x: 'x', y: 'name', text: 'engine', dy: -12, fill: p => colour(p.engine) },
        ),
      ],
    },
    'Time of each method on each engine',
  )
  return {
    title: `Time on each engine, ${dataset}`,
    reading: `The dearest method costs ${significant(most)} forward passes.`,
    svg,
    head: ['Method', ...engines],
    rows: found.map(({ name, times }) => [
      name,
      ...engines.map(engine => significant(times.find(t => t.engine === engine)?.x ?? Number.NaN)),
    ]),
  }
}
