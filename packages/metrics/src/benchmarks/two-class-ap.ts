import { averagePrecisionOf, rankingCurve } from '../map/ranking-curve.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'two-class-ap',
  name: 'Segmentation AP',
  heading: 'segm. AP',
  group: 'benchmarks',
  direction: 'higher',
  range: [0, 1],
  formula: 'average precision over pixels and both classes: the map scores the object, 1 - map the background',
  source: 'Chefer, Gur & Wolf, Transformer Interpretability Beyond Attention Visualization, CVPR 2021, released code',
  negatives: 'are min-max normalised with the others',
  pitfall: 'Most of it is the background: on images that are mostly background a map that is low everywhere scores.',
  needs: ['map', 'truth'],
  order: 4,
  measure({ fine, object }) {
    const scores = new Float32Array(2 * fine.length)
    const right = new Uint8Array(2 * fine.length)
    for (let p = 0; p < fine.length; p++) {
      scores[p] = fine[p]!
      scores[fine.length + p] = 1 - fine[p]!
      right[p] = object[p]!
      right[fine.length + p] = 1 - object[p]!
    }
    return averagePrecisionOf(rankingCurve(scores, right))
  },
})
