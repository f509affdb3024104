import { metric } from '../metric.ts'
import { meanOf } from '../numbers.ts'

export default metric({
  id: 'sufficiency',
  name: 'Sufficiency',
  heading: 'sufficiency',
  group: 'faithfulness',
  direction: 'lower',
  range: [-1, 1],
  rangeAgainst: [-2, 2],
  formula: "mean of p(x) - p(its most relevant share alone) over the protocol's shares up to a half",
  source: 'DeYoung et al., ERASER, ACL 2020, with shares of pixels in place of tokens',
  negatives: 'rank below the others',
  pitfall: 'An image of which little is left is far from all that the model was trained on: the removal decides.',
  needs: ['lerf'],
  order: 8,
  score: ({ steps, values }) => {
    const lerf = values('lerf')
    return lerf[0]! - meanOf(lerf.filter((_, i) => steps[i]! >= 0.5 && steps[i]! < 1))
  },
})
