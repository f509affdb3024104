import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'random-model-similarity',
  name: 'Similarity under a random model',
  heading: 'random model',
  group: 'randomisation',
  direction: 'lower',
  range: [-1, 1],
  formula: 'Spearman of the map and the map of the same class when every parameter is random',
  source:
    'Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018: model parameter randomisation, its last stage',
  negatives: 'rank below the others',
  pitfall:
    'A method that shows the image and nothing of the model has 1. One that shows noise passes: this tells what fails, not what is good.',
  needs: ['map under random parameters'],
  order: 1,
  headline: true,
  truth: false,
  measure({ original, stages }) {
    const last = stages.at(-1)
    return last ? spearman(original, last) : null
  },
})
