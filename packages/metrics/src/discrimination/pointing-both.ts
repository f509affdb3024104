import { hitShare } from '../map/ranking-curve.ts'
import { metric } from '../metric.ts'
import pointingGame from '../pointing/pointing-game.ts'

/** A map that is the same for both classes has at most 0.5. */
export default metric({
  id: 'pointing-both',
  name: 'Pointing game for both classes',
  heading: 'points A+B',
  group: 'discrimination',
  direction: 'higher',
  range: [0, 1],
  formula: 'mean over both classes of the pointing game against the asked object',
  source: pointingGame.source,
  negatives: pointingGame.negatives,
  pitfall: 'Looks at one pixel per map.',
  needs: ['map of both classes', 'truth of both classes'],
  order: 2,
  headline: true,
  measure([first, second]) {
    return (hitShare(first.asked.ranking) + hitShare(second.asked.ranking)) / 2
  },
})
