import { spearman } from '../map/spearman.ts'
import { type PairMetric, resolved } from './pair-metric.ts'

/** 0 says that the method does not see the class, whatever it claims. */
export const classChange: PairMetric<'class-change'> = {
  id: 'class-change',
  name: 'Change of the map with the class',
  family: 'discrimination',
  direction: 'higher',
  range: [0, 2],
  worst: 0,
  formula: '1 - Spearman(map of one class, map of the other)',
  source: 'Vitrine; Spearman of maps after Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018',
  negatives: 'rank below the others',
  needs: ['map of both classes'],
  cost: 'two-classes',
  measure([first, second]) {
    const same = spearman(first.asked.map.values, second.asked.map.values)
    return same === null ? null : resolved(1 - same)
  },
}
