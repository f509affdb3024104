import type { RankingCurve } from '../map/ranking-curve.ts'
import type { MapMetric } from '../map-metric.ts'

/** Share of the pixels with the greatest value that lie in the object. */
export const hitShare = ({ inside, outside }: RankingCurve): number => inside[0]! / (inside[0]! + outside[0]!)

export const pointingGame: MapMetric<'pointing-game'> = {
  id: 'pointing-game',
  name: 'Pointing game',
  family: 'pointing',
  direction: 'higher',
  range: [0, 1],
  worst: 0,
  formula: 'share of the pixels with the greatest value that lie in the object: 0 or 1 where one pixel leads',
  source: 'Zhang et al., Top-Down Neural Attention by Excitation Backprop, IJCV 2018; no tolerance',
  negatives: 'rank below the others',
  needs: ['map', 'truth'],
  cost: 'none',
  measure: ({ ranking }) => hitShare(ranking),
}
