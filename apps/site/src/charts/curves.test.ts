import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../data/load/records.ts'
import { curvesChart } from './curves.ts'

test('steps that are not evenly spaced lie where their shares are', () => {
  const steps = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]
  const entry = {
    protocol: { choices: { faithfulness: { steps } } },
    summary: {
      'faithfulness.predicted.morf.curve': steps.map(() => 0.2),
      'faithfulness.predicted.lerf.curve': steps.map(() => 0.8),
    },
  } as unknown as Entry
  const chart = curvesChart(entry)
  assert.deepEqual(
    chart?.rows.map(([share]) => share),
    ['0 %', '10 %', '30 %', '50 %', '70 %', '90 %', '100 %'],
  )
  const [, path = ''] = /stroke-width="2"[^>]*><path d="([^"]+)"/.exec(chart?.svg ?? '') ?? []
  const x = path.split(/[ML]/).flatMap(point => (point ? [Number.parseFloat(point)] : []))
  const span = (x.at(-1) ?? 0) - (x[0] ?? 0)
  assert.deepEqual(
    x.map(place => Number(((place - (x[0] ?? 0)) / span).toFixed(2))),
    steps,
  )
})

test('curves of a class against others are of a difference, from -1 to 1', () => {
  const steps = [0, 0.5, 1]
  const entry = {
    protocol: { choices: { faithfulness: { steps } } },
    target: { against: { similar: 3 } },
    summary: {
      'faithfulness.label.morf.curve': [0.8, -0.9, -0.5],
      'faithfulness.label.lerf.curve': [0.8, 0.7, -0.5],
    },
  } as unknown as Entry
  const svg = curvesChart(entry)?.svg ?? ''
  assert.match(svg, /Probability of the label class, less the others/)
  // Ticks of the axis: both ends are there.
  for (const end of ['−1.0', '1.0']) assert.ok(svg.includes(`>${end}<`), svg)
})
