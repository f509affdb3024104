import { extent } from 'd3-array'
import type { MapMetric } from '../map-metric.ts'

export const totalVariation: MapMetric<'total-variation'> = {
  id: 'total-variation',
  name: 'Total variation',
  family: 'texture',
  direction: 'lower',
  range: [0, 1],
  worst: 1,
  formula: 'mean |difference| of horizontally or vertically neighbouring cells / (max - min)',
  source:
    'Rudin, Osher & Fatemi, Nonlinear Total Variation Based Noise Removal Algorithms, Physica D 1992; anisotropic, per pair',
  negatives: 'are taken as they are',
  needs: ['map'],
  cost: 'none',
  measure({ map: { rows, columns, values } }) {
    const [least = 0, greatest = 0] = extent(values)
    let [sum, pairs] = [0, 0]
    for (let i = 0; i < values.length; i++) {
      if (i % columns < columns - 1) {
        sum += Math.abs(values[i + 1]! - values[i]!)
        pairs++
      }
      if (i < (rows - 1) * columns) {
        sum += Math.abs(values[i + columns]! - values[i]!)
        pairs++
      }
    }
    return greatest > least ? sum / pairs / (greatest - least) : null
  },
}
