import { hitShare } from '../map/ranking-curve.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'pointing-game',
  name: 'Pointing game',
  heading: 'pointing',
  group: 'pointing',
  direction: 'higher',
  range: [0, 1],
  formula: 'share of the pixels with the greatest value that lie in the object: 0 or 1 where one pixel leads',
  source: 'Zhang et al., Top-Down Neural Attention by Excitation Backprop, IJCV 2018; no tolerance',
  negatives: 'rank below the others',
  pitfall: 'Looks at one pixel: a map that is wrong everywhere else still scores.',
  needs: ['map', 'truth'],
  order: 1,
  headline: true,
  measure: ({ ranking }) => hitShare(ranking),
})
