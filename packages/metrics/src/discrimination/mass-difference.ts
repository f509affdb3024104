import { massInside } from '../map/mass.ts'
import { metric } from '../metric.ts'
import { type PairQuestion, resolved } from './pair-question.ts'

function difference({ asked, other }: PairQuestion): number | null {
  const inside = massInside(asked.fineMass, asked.object)
  const elsewhere = massInside(other.fineMass, other.object)
  return inside === null || elsewhere === null ? null : inside - elsewhere
}

/** A map that is the same for both classes has 0: what it gains for one class it loses for the other. */
export default metric({
  id: 'mass-difference',
  name: 'Mass in the asked object minus the other',
  heading: 'mass A-B',
  group: 'discrimination',
  direction: 'higher',
  range: [-1, 1],
  formula: 'mean over both classes of (mass in the asked object - mass in the other) / mass',
  source:
    'Vitrine; after the grid pointing game of Böhle, Fritz & Schiele, Convolutional Dynamic Alignment Networks, CVPR 2021',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'A map of one class that covers both objects alike has 0, as does one that covers neither.',
  needs: ['map of both classes', 'truth of both classes'],
  order: 1,
  headline: true,
  measure([first, second]) {
    const [a, b] = [difference(first), difference(second)]
    return a === null || b === null ? null : resolved((a + b) / 2)
  },
})
