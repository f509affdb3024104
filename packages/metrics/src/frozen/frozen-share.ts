import type { PathMetric } from './path-metric.ts'

/** Images whose confidence never falls that far ask nothing of the map and have no value. */
export const frozenShare: PathMetric<'frozen-share'> = {
  id: 'frozen-share',
  name: 'Frozen maps',
  family: 'frozen',
  direction: 'lower',
  range: [0, 1],
  worst: 1,
  formula:
    'share of images with a step where p < p0 / 2 and Spearman(map, map0) > 0.95, among those with p < p0 / 2 somewhere',
  source: 'Vitrine',
  negatives: 'rank below the others',
  needs: ['probability', 'similarity'],
  cost: 'path-steps',
  measure({ probability, similarity }, { fall, similar }) {
    const fallen = similarity.filter((value, k) => value !== null && probability[k]! < (1 - fall) * probability[0]!)
    if (fallen.length === 0) return null
    return fallen.some(value => Number(value) > similar) ? 1 : 0
  },
}
