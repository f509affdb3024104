import { averagePrecisionOf } from '../map/ranking-curve.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'average-precision',
  name: 'Average precision',
  heading: 'AP',
  group: 'pointing',
  direction: 'higher',
  range: [0, 1],
  formula: 'sum over the distinct values, downwards, of precision times the gain in recall',
  source: 'Chefer et al., Transformer Interpretability Beyond Attention Visualization, CVPR 2021',
  negatives: 'rank below the others',
  pitfall: 'Its floor is the share of the object, so values of different datasets do not compare.',
  needs: ['map', 'truth'],
  order: 5,
  measure: ({ ranking }) => averagePrecisionOf(ranking),
})
