import { massInside } from '../map/mass.ts'
import type { MapMetric } from '../map-metric.ts'

export const outsideMass: MapMetric<'outside-mass'> = {
  id: 'outside-mass',
  name: 'Mass outside the object',
  family: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  worst: 1,
  formula: 'mass outside the object / mass = 1 - relevance mass accuracy',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 2022',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  needs: ['map', 'truth'],
  cost: 'none',
  measure({ fineMass, object }) {
    const inside = massInside(fineMass, object)
    return inside === null ? null : 1 - inside
  },
}
