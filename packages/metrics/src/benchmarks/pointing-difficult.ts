import { metric } from '../metric.ts'
import pointing, { pointsNear } from './pointing-15.ts'

export default metric({
  id: 'pointing-difficult',
  name: 'Pointing game, difficult images',
  heading: 'difficult',
  group: 'benchmarks',
  direction: 'higher',
  range: [0, 1],
  formula:
    'the pointing game with 15 pixels, of images with something else in them whose object is in boxes of less than a quarter of the image',
  source: pointing.source,
  negatives: pointing.negatives,
  pitfall: 'Of few images; and of none where nothing is known of what else is in them.',
  needs: ['map', 'truth', 'what else is in the image'],
  order: 2,
  measure: map => (map.difficult ? pointsNear(map) : null),
})
