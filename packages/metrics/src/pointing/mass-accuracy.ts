import { massInside } from '../map/mass.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'mass-accuracy',
  name: 'Relevance mass accuracy',
  heading: 'mass inside',
  group: 'pointing',
  direction: 'higher',
  range: [0, 1],
  formula: 'mass in the object / mass',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 2022',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'A large object holds much mass of any map.',
  needs: ['map', 'truth'],
  order: 2,
  measure: ({ fineMass, object }) => massInside(fineMass, object),
})
