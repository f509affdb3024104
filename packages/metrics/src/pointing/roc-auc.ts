import { metric } from '../metric.ts'

export default metric({
  id: 'roc-auc',
  name: 'ROC AUC',
  heading: 'ROC AUC',
  group: 'pointing',
  direction: 'higher',
  range: [0, 1],
  formula: 'chance that a pixel of the object is higher than one outside, equal values counted half',
  source: 'Fawcett, An Introduction to ROC Analysis, Pattern Recognition Letters 2006',
  negatives: 'rank below the others',
  pitfall: 'Blind to calibration, and kind to maps on images that are mostly background.',
  needs: ['map', 'truth'],
  order: 4,
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
})
