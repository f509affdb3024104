import * as Plot from '@observablehq/plot'
import { type Board, firstMeasures } from '../data/boards/boards.ts'
import type { Measure } from '../data/load/measures.ts'
import type { Entry } from '../data/load/records.ts'
import { methodOf } from '../data/words/methods.ts'
import { fixed } from '../shared/format.ts'
import type { ChartView } from './chart.ts'
import { draw, ink, names, roomFor, spread } from './draw.ts'

interface Line {
  readonly name: string
  readonly control: boolean
  readonly toldTruth: boolean
  readonly values: readonly number[]
  readonly chosen: boolean
}

/** A metric against the threshold, a line per method; `chosen` stands out, otherwise the one that leads somewhere. */
export function thresholdChart(board: Board, chosen?: string): ChartView | null {
  const measure = firstMeasures(board).find(m => m.metric.id === 'iou' && m.perThreshold)
  if (!measure?.perThreshold || board.thresholds.length < 2) return null
  const lines = board.done.flatMap((entry): Line[] => {
    const values = entry.summary[measure.key]
    if (!Array.isArray(values)) return []
    return [
      {
        name: nameOf(entry),
        control: entry.method.control,
        toldTruth: entry.ceiling,
        values: values.map(Number),
        chosen: entry.method.id === chosen,
      },
    ]
  })
  if (lines.length === 0) return null
  const { thresholds } = board
  const ranked = lines.filter(line => !line.toldTruth)
  if (ranked.length === 0) return null
  const leaders = leadersOf(ranked, thresholds, measure)
  const sign = measure.metric.direction === 'higher' ? 1 : -1
  const total = (line: Line) => sign * line.values.reduce((sum, v) => sum + v, 0)
  const [overall] = ranked.toSorted((a, b) => total(b) - total(a))
  const [control] = ranked.filter(line => line.control).toSorted((a, b) => total(b) - total(a))
  const marked = (line: Line) => (chosen === undefined ? line === overall : line.chosen)
  const points = lines.flatMap(line => line.values.map((y, i) => ({ x: thresholds[i], y, line: line.name, of: line })))
  const named = lines.filter(
    line => marked(line) || line === control || line.toldTruth || leaders.some(l => l.name === line.name),
  )
  const high = Math.max(...points.map(p => p.y))
  const last = thresholds.at(-1) ?? 1
  const labels = spread(
    named.map(line => ({ y: line.values.at(-1) ?? 0, name: line.name, control: line.control, marked: marked(line) })),
    (high * 18) / 280,
  )
  const room = roomFor(named.map(line => line.name))
  const svg = draw(
    {
      marginRight: room,
      width: 490 + room,
      x: { label: 'Threshold', ticks: 5 },
      y: { label: measure.metric.name, domain: [0, high], ticks: 4, grid: true, nice: true },
      marks: [
        Plot.line(
          points.filter(p => !marked(p.of)),
          { x: 'x', y: 'y', z: 'line', stroke: ink.faint, strokeWidth: 1.1, strokeOpacity: 0.8 },
        ),
        Plot.line(
          points.filter(p => marked(p.of)),
          { x: 'x', y: 'y', z: 'line', stroke: ink.chosen, strokeWidth: 2.25 },
        ),
        ...names(labels, { x: () => last, y: 'at', dx: 8, fill: d => (d.marked ? ink.chosen : ink.quiet) }),
      ],
    },
    `${measure.metric.name} against the threshold`,
  )
  return {
    title: `${measure.metric.name} against the threshold`,
    reading: chosen === undefined ? readingOf(leaders) : bestOf(lines.find(marked), thresholds, measure),
    svg,
    head: ['Method', ...thresholds.map(String)],
    rows: lines.map(line => [line.name, ...line.values.map(v => fixed(v, 3))]),
  }
}

const nameOf = (entry: Entry): string =>
  entry.row === entry.method.id
    ? methodOf(entry).label
    : `${methodOf(entry).label} ${entry.row.slice(entry.method.id.length)}`

const readingOf = (leaders: readonly { readonly name: string; readonly where: string }[]): string =>
  leaders.length === 0 ? '' : `${leaders.map(l => `${l.name} leads ${l.where}`).join('; ')}.`

/** At which threshold a method does best. */
function bestOf(line: Line | undefined, thresholds: readonly number[], { metric }: Measure): string {
  if (!line) return ''
  const best = metric.direction === 'higher' ? Math.max(...line.values) : Math.min(...line.values)
  return `${line.name} does best at threshold ${thresholds[line.values.indexOf(best)]}, with ${fixed(best, 2)}.`
}

/** Who is best over which run of thresholds, in words. */
function leadersOf(lines: readonly Line[], thresholds: readonly number[], { metric }: Measure) {
  const sign = metric.direction === 'higher' ? 1 : -1
  const best = thresholds.map(
    (_, i) => lines.reduce((a, b) => (sign * (b.values[i] ?? 0) > sign * (a.values[i] ?? 0) ? b : a)).name,
  )
  const runs: { name: string; from: number; to: number }[] = []
  for (const [i, name] of best.entries()) {
    const run = runs.at(-1)
    if (run?.name === name) run.to = i
    else runs.push({ name, from: i, to: i })
  }
  const text = ({ from, to }: { from: number; to: number }) => {
    if (from === 0 && to === thresholds.length - 1) return 'at every threshold'
    if (from === to) return `at ${thresholds[from]}`
    return `from ${thresholds[from]} to ${thresholds[to]}`
  }
  return [...Map.groupBy(runs, run => run.name)].map(([name, of]) => ({ name, where: of.map(text).join(' and ') }))
}
