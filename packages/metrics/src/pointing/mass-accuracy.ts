import { massInside } from '../map/mass.ts'
import type { MapMetric } from '../map-metric.ts'

export const massAccuracy: MapMetric<'mass-accuracy'> = {
  id: 'mass-accuracy',
  name: 'Relevance mass accuracy',
  family: 'pointing',
  direction: 'higher',
  range: [0, 1],
  worst: 0,
  formula: 'mass in the object / mass',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 2022',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  needs: ['map', 'truth'],
  cost: 'none',
  measure: ({ fineMass, object }) => massInside(fineMass, object),
}
