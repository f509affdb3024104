import type { MapMetric } from '../map-metric.ts'

export const averagePrecision: MapMetric<'average-precision'> = {
  id: 'average-precision',
  name: 'Average precision',
  family: 'pointing',
  direction: 'higher',
  range: [0, 1],
  worst: 0,
  formula: 'sum over the distinct values, downwards, of precision times the gain in recall',
  source: 'Chefer et al., Transformer Interpretability Beyond Attention Visualization, CVPR 2021',
  negatives: 'rank below the others',
  needs: ['map', 'truth'],
  cost: 'none',
  measure({ ranking: { inside, outside } }) {
    let sum = 0
    for (let k = 0; k < inside.length; k++) {
      const gain = inside[k]! - (k === 0 ? 0 : inside[k - 1]!)
      sum += (gain * inside[k]!) / (inside[k]! + outside[k]!)
    }
    return sum / inside.at(-1)!
  },
}
