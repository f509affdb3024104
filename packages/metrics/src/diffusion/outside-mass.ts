import { massInside } from '../map/mass.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'outside-mass',
  name: 'Mass outside the object',
  heading: 'outside',
  group: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  formula: 'mass outside the object / mass = 1 - relevance mass accuracy',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 2022',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'A halo of one patch around a small object is mass outside.',
  needs: ['map', 'truth'],
  order: 3,
  headline: true,
  measure({ fineMass, object }) {
    const inside = massInside(fineMass, object)
    return inside === null ? null : 1 - inside
  },
})
