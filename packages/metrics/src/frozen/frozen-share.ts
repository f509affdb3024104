import { metric } from '../metric.ts'
import { times } from '../numbers.ts'

/** `null` if the confidence never falls below the limit. */
export default metric({
  id: 'frozen-share',
  name: 'Frozen maps',
  heading: 'frozen',
  group: 'frozen',
  direction: 'lower',
  range: [0, 1],
  formula:
    'share of images with a step where the confidence p has fallen far and the map is the same, among those where p has fallen far somewhere',
  under({ fall, similar }) {
    const fallen = `p < ${times(1 - fall)} p0`
    return {
      formula: `share of images with a step where ${fallen} and Spearman(map, map0) > ${similar}, among those with ${fallen} somewhere`,
    }
  },
  source: 'Vitrine',
  negatives: 'rank below the others',
  pitfall: 'Counts steps, so it depends on the paths that the protocol walks.',
  needs: ['probability', 'similarity'],
  // The true object does not move when the image is disturbed, which is no virtue of it.
  truth: false,
  order: 2,
  headline: true,
  measure({ probability, similarity }, { fall, similar }) {
    const fallen = similarity.filter((value, k) => value !== null && probability[k]! < (1 - fall) * probability[0]!)
    if (fallen.length === 0) return null
    return fallen.some(value => Number(value) > similar) ? 1 : 0
  },
})
