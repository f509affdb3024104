import * as Plot from '@observablehq/plot'
import type { Entry } from '../data/load/records.ts'
import { fixed, significant } from '../shared/format.ts'
import type { ChartView } from './chart.ts'
import { draw, ink, spread } from './draw.ts'

/** The mean MoRF and LeRF curves of a record with the area between them. */
export function curvesChart(entry: Entry): ChartView | null {
  const { faithfulness } = entry.protocol.choices as { faithfulness?: { steps?: number[] } }
  const steps = faithfulness?.steps ?? []
  const target = ['predicted', 'label'].find(t => Array.isArray(entry.summary[`faithfulness.${t}.morf.curve`]))
  const curve = (name: string) => (entry.summary[`faithfulness.${target}.${name}.curve`] as number[] | undefined) ?? []
  const [morf, lerf] = [curve('morf'), curve('lerf')]
  if (!target || morf.length !== steps.length || lerf.length !== steps.length) return null
  // Of a class against others the curves are of a difference of probabilities.
  const isAgainst = entry.target !== undefined
  const points = steps.map((x, i) => ({ x: 100 * x, morf: morf[i] ?? 0, lerf: lerf[i] ?? 0 }))
  const last = points.at(-1)
  const nearLast = points.at(-2)
  const labels = spread(
    [
      { y: nearLast?.morf ?? 0, name: 'most relevant first', fill: ink.plain },
      { y: nearLast?.lerf ?? 0, name: 'least relevant first', fill: ink.chosen },
    ],
    isAgainst ? 0.14 : 0.07,
  )
  const svg = draw(
    {
      marginRight: 150,
      x: { label: 'Pixels taken away, %', ticks: 5 },
      y: {
        label: isAgainst
          ? `Probability of the ${target} class, less the others'`
          : `Probability of the ${target} class`,
        domain: isAgainst ? [-1, 1] : [0, 1],
        ticks: 4,
        grid: true,
      },
      marks: [
        Plot.areaY(points, { x: 'x', y1: 'morf', y2: 'lerf', fill: 'var(--wash)', fillOpacity: 0.35 }),
        Plot.lineY(points, { x: 'x', y: 'morf', stroke: ink.plain, strokeWidth: 2 }),
        Plot.lineY(points, { x: 'x', y: 'lerf', stroke: ink.chosen, strokeWidth: 2 }),
        Plot.text(labels, { x: last?.x, y: 'at', text: 'name', dx: 8, textAnchor: 'start', fill: 'fill' }),
      ],
    },
    'Probability of the explained class as pixels are taken away',
  )
  const abpc = entry.summary[`faithfulness.${target}.abpc`]
  return {
    title: 'What happens as pixels are taken away',
    reading: typeof abpc === 'number' ? `The area between the curves, ABPC, is ${significant(abpc)}.` : '',
    svg,
    head: ['Pixels taken away', 'MoRF', 'LeRF'],
    rows: points.map(p => [`${fixed(p.x, 0)} %`, fixed(p.morf, 3), fixed(p.lerf, 3)]),
  }
}
