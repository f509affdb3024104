import { massInside } from '../map/mass.ts'
import { type PairMetric, type Question, resolved } from './pair-metric.ts'

function difference({ asked, other }: Question): number | null {
  const inside = massInside(asked.fineMass, asked.object)
  const elsewhere = massInside(other.fineMass, other.object)
  return inside === null || elsewhere === null ? null : inside - elsewhere
}

/** A map that is the same for both classes has 0: what it gains for one class it loses for the other. */
export const massDifference: PairMetric<'mass-difference'> = {
  id: 'mass-difference',
  name: 'Mass in the asked object minus the other',
  family: 'discrimination',
  direction: 'higher',
  range: [-1, 1],
  worst: -1,
  formula: 'mean over both classes of (mass in the asked object - mass in the other) / mass',
  source:
    'Vitrine; after the grid pointing game of Böhle, Fritz & Schiele, Convolutional Dynamic Alignment Networks, CVPR 2021',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  needs: ['map of both classes', 'truth of both classes'],
  cost: 'two-classes',
  measure([first, second]) {
    const [a, b] = [difference(first), difference(second)]
    return a === null || b === null ? null : resolved((a + b) / 2)
  },
}
