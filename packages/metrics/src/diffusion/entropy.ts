import { metric } from '../metric.ts'

export default metric({
  id: 'entropy',
  name: 'Entropy',
  heading: 'entropy',
  group: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  formula: '-sum p ln p / ln n over the n cells, p = mass of a cell / mass: 1 for a uniform map',
  source: 'Bhatt, Weller & Moura, Evaluating and Aggregating Feature-based Model Explanations (complexity), IJCAI 2020',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'Says how spread a map is and not where; one wrong patch has the least.',
  needs: ['map'],
  merit: false,
  order: 2,
  measure({ mass: { values } }) {
    const all = values.reduce((sum, value) => sum + value, 0)
    if (all === 0 || values.length === 1) return null
    const sum = values.reduce((found, value) => (value > 0 ? found - (value / all) * Math.log(value / all) : found), 0)
    return sum / Math.log(values.length)
  },
})
