import { hitShare, pointingGame } from '../pointing/pointing-game.ts'
import type { PairMetric } from './pair-metric.ts'

/** A map that is the same for both classes has at most 0.5. */
export const pointingBoth: PairMetric<'pointing-both'> = {
  id: 'pointing-both',
  name: 'Pointing game for both classes',
  family: 'discrimination',
  direction: 'higher',
  range: [0, 1],
  worst: 0,
  formula: 'mean over both classes of the pointing game against the asked object',
  source: pointingGame.source,
  negatives: pointingGame.negatives,
  needs: ['map of both classes', 'truth of both classes'],
  cost: 'two-classes',
  measure([first, second]) {
    return (hitShare(first.asked.ranking) + hitShare(second.asked.ranking)) / 2
  },
}
