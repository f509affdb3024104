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
  measure({ ranking: { inside, outside } }) {
    let sum = 0
    for (let k = 0; k < inside.length; k++) {
      const gain = inside[k]! - (k === 0 ? 0 : inside[k - 1]!)
      sum += (gain * inside[k]!) / (inside[k]! + outside[k]!)
    }
    return sum / inside.at(-1)!
  },
})
