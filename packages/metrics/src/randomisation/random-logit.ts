import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'random-logit',
  name: 'Similarity for a random class',
  heading: 'random logit',
  group: 'randomisation',
  direction: 'lower',
  range: [-1, 1],
  formula:
    'Spearman of the map of the predicted class and the map of another class, drawn at random, of the same image',
  source:
    'Sixt, Granz & Landgraf, When Explanations Lie: Why Many Modified BP Attributions Fail, ICML 2020 (random logit); Spearman in place of SSIM',
  negatives: 'rank below the others',
  pitfall:
    'A class-agnostic method has 1 and claims no less. Maps of a class that is not in the image may rightly be alike where classes share evidence.',
  needs: ['map of another class'],
  order: 5,
  truth: false,
  measure: ({ original, otherClass }) => (otherClass ? spearman(original, otherClass) : null),
})
