import * as Plot from '@observablehq/plot'
import { type Scores, tauOf } from '../data/boards/rankings.ts'
import { tileScore } from '../shared/forest.ts'
import { fixed, list } from '../shared/format.ts'
import type { ChartView } from './chart.ts'
import { draw, ink, roomFor } from './draw.ts'

/** A ranking of methods and what it is called. */
export interface Named {
  readonly name: string
  readonly scores: Scores
}

/** Kendall's tau between every two of several rankings, as a matrix; `null` with fewer than two. */
export function tauChart(title: string, rankings: readonly Named[]): ChartView | null {
  const taus = rankings.map(row => rankings.map(column => (row === column ? 1 : tauOf(row.scores, column.scores))))
  const cells = rankings.flatMap((row, i) =>
    rankings.flatMap((column, j) => {
      const tau = taus[i]?.[j] ?? null
      return tau === null ? [] : [{ row: row.name, column: column.name, tau, pair: j < i }]
    }),
  )
  const pairs = cells.filter(({ pair }) => pair).sort((a, b) => b.tau - a.tau)
  const [most, least] = [pairs[0], pairs.at(-1)]
  if (!most || !least) return null
  const names = rankings.map(({ name }) => name)
  const room = roomFor(names)
  const side = rankings.length > 24 ? 28 : rankings.length > 12 ? 34 : 48
  const svg = draw(
    {
      marginLeft: room,
      marginTop: 8,
      marginBottom: room * 0.75,
      marginRight: 12,
      width: room + side * rankings.length + 12,
      height: 8 + 26 * rankings.length + room * 0.75,
      x: { domain: names, label: null, tickSize: 0, tickRotate: -45, padding: 0.04 },
      y: { domain: names, label: null, tickSize: 0, padding: 0.06 },
      marks: [
        Plot.cell(cells, {
          x: 'column',
          y: 'row',
          fill: d => (d.tau < 0 ? 'var(--warn)' : 'var(--wash)'),
          fillOpacity: d => Math.abs(d.tau) * 0.85,
          rx: 2,
        }),
        Plot.text(cells, { x: 'column', y: 'row', text: d => tileScore(d.tau), fill: ink.plain, fontSize: 11 }),
      ],
    },
    `${title}: Kendall's tau`,
  )
  const words = ({ row, column, tau }: (typeof cells)[number]) => `${list([column, row])} (${fixed(tau, 2)})`
  return {
    title,
    reading: most === least ? `${words(most)}.` : `Most alike: ${words(most)}; least: ${words(least)}.`,
    svg,
    head: ['', ...names],
    rows: rankings.map(({ name }, i) => [name, ...(taus[i] ?? []).map(tau => (tau === null ? '–' : fixed(tau, 2)))]),
  }
}
