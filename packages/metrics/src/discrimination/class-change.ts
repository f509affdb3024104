import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'
import { resolved } from './pair-question.ts'

/** 0 if the map is the same for both classes, whether or not the method calls itself class-specific. */
export default metric({
  id: 'class-change',
  name: 'Change of the map with the class',
  heading: 'change A/B',
  group: 'discrimination',
  direction: 'higher',
  range: [0, 2],
  formula: '1 - Spearman(map of one class, map of the other)',
  source: 'Vitrine; Spearman of maps after Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018',
  negatives: 'rank below the others',
  pitfall: 'Any change counts, also one that points nowhere.',
  needs: ['map of both classes'],
  // The true objects of two classes are two, whatever the model thinks.
  truth: false,
  order: 3,
  measure([first, second]) {
    const same = spearman(first.asked.map.values, second.asked.map.values)
    return same === null ? null : resolved(1 - same)
  },
})
