import { metric } from '../metric.ts'
import { meanOf } from '../numbers.ts'

export default metric({
  id: 'comprehensiveness',
  name: 'Comprehensiveness',
  heading: 'comprehensive',
  group: 'faithfulness',
  direction: 'higher',
  range: [-1, 1],
  rangeAgainst: [-2, 2],
  formula: "mean of p(x) - p(x without its most relevant share) over the protocol's shares up to a half",
  source: 'DeYoung et al., ERASER, ACL 2020, with shares of pixels in place of tokens',
  negatives: 'rank below the others',
  pitfall: 'Bounded by p(x): images of which the model is unsure weigh little.',
  needs: ['morf'],
  order: 7,
  score: ({ steps, values }) => {
    const morf = values('morf')
    return morf[0]! - meanOf(morf.filter((_, i) => steps[i]! > 0 && steps[i]! <= 0.5))
  },
})
