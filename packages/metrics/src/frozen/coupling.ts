import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

/** 0, not `null`, for a map that never changes: it does not follow the confidence. */
export default metric({
  id: 'coupling',
  name: 'Coupling of map and confidence',
  heading: 'coupling',
  group: 'frozen',
  direction: 'higher',
  range: [-1, 1],
  formula: 'Spearman, over the steps of all paths, of |p - p0| and 1 - Spearman(map, map0); 0 where no map changes',
  source: 'Vitrine; after Alvarez-Melis & Jaakkola, On the Robustness of Interpretability Methods, WHI 2018',
  negatives: 'rank below the others',
  pitfall: 'Needs confidence to move; along a path on which it does not, the number says little.',
  needs: ['probability', 'similarity'],
  // The true object does not move when the image is disturbed, which is no virtue of it.
  truth: false,
  order: 1,
  headline: true,
  measure({ probability, similarity }) {
    const steps = similarity.flatMap((value, k) => (k === 0 || value === null ? [] : [{ value, p: probability[k]! }]))
    const confidence = steps.map(({ p }) => Math.abs(p - probability[0]!))
    const change = steps.map(({ value }) => 1 - value)
    if (steps.length < 2 || confidence.every(value => value === confidence[0])) return null
    return spearman(confidence, change) ?? 0
  },
})
