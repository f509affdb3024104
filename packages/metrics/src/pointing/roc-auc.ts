import type { MapMetric } from '../map-metric.ts'

export const rocAuc: MapMetric<'roc-auc'> = {
  id: 'roc-auc',
  name: 'ROC AUC',
  family: 'pointing',
  direction: 'higher',
  range: [0, 1],
  worst: 0,
  formula: 'chance that a pixel of the object is higher than one outside, equal values counted half',
  source: 'Fawcett, An Introduction to ROC Analysis, Pattern Recognition Letters 2006',
  negatives: 'rank below the others',
  needs: ['map', 'truth'],
  cost: 'none',
  measure({ ranking: { inside, outside } }) {
    const [hits, misses] = [inside.at(-1)!, outside.at(-1)!]
    if (misses === 0) return null
    let twice = 0
    for (let k = 0; k < inside.length; k++) {
      const [tp, fp] = k === 0 ? [0, 0] : [inside[k - 1]!, outside[k - 1]!]
      twice += (outside[k]! - fp) * (inside[k]! + tp)
    }
    return twice / 2 / (hits * misses)
  },
}
