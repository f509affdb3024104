import { hitsAmong } from '../map/ranking-curve.ts'
import { metric } from '../metric.ts'

const count = 1000

export default metric({
  id: 'top-k-intersection',
  name: 'Top-K intersection',
  heading: 'top 1000',
  group: 'benchmarks',
  direction: 'higher',
  range: [0, 1],
  formula: 'share of the 1000 highest pixels that lie in the object; equal values at the last place in proportion',
  source:
    'Theiner, Müller-Budack & Ewerth, Interpretable Semantic Photo Geolocation, WACV 2022, as Quantus computes it',
  negatives: 'rank below the others',
  pitfall: '1000 pixels are more than a small object has, and less of a large image than of a small one.',
  needs: ['map', 'truth'],
  order: 3,
  measure({ ranking }) {
    const hits = hitsAmong(ranking, count)
    return hits === null ? null : hits / count
  },
})
