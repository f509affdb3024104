import type { MapMetric } from '../map-metric.ts'

export const rankAccuracy: MapMetric<'rank-accuracy'> = {
  id: 'rank-accuracy',
  name: 'Relevance rank accuracy',
  family: 'pointing',
  direction: 'higher',
  range: [0, 1],
  worst: 0,
  formula:
    'share of the K highest pixels that lie in the object, K the pixels of the object; equal values in proportion',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 2022',
  negatives: 'rank below the others',
  needs: ['map', 'truth'],
  cost: 'none',
  measure({ ranking: { inside, outside } }) {
    const size = inside.at(-1)!
    let [hits, taken] = [0, 0]
    for (let k = 0; k < inside.length; k++) {
      const [more, all] = [inside[k]! - hits, inside[k]! + outside[k]!]
      if (all >= size) return (hits + (more * (size - taken)) / (all - taken)) / size
      hits = inside[k]!
      taken = all
    }
    return null
  },
}
