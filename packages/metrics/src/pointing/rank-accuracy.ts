import { hitsAmong } from '../map/ranking-curve.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'rank-accuracy',
  name: 'Relevance rank accuracy',
  heading: 'rank accuracy',
  group: 'pointing',
  direction: 'higher',
  range: [0, 1],
  formula:
    'share of the K highest pixels that lie in the object, K the pixels of the object; equal values in proportion',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 2022',
  negatives: 'rank below the others',
  pitfall: 'Looks at as many pixels as the object has, and not at how much stronger they are.',
  needs: ['map', 'truth'],
  order: 3,
  measure({ ranking }) {
    const size = ranking.inside.at(-1)!
    const hits = hitsAmong(ranking, size)
    return hits === null ? null : hits / size
  },
})
