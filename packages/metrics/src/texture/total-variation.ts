import { extent } from 'd3-array'
import { metric } from '../metric.ts'

export default metric({
  id: 'total-variation',
  name: 'Total variation',
  heading: 'variation',
  group: 'texture',
  direction: 'lower',
  range: [0, 1],
  formula: 'mean |difference| of horizontally or vertically neighbouring cells / (max - min)',
  source:
    'Rudin, Osher & Fatemi, Nonlinear Total Variation Based Noise Removal Algorithms, Physica D 1992; anisotropic, per pair',
  negatives: 'are taken as they are',
  pitfall: 'Noise has the most; so does a map that follows real edges of a small object.',
  needs: ['map'],
  merit: false,
  order: 2,
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
})
