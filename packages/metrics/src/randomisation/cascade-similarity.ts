import { metric } from '../metric.ts'
import { meanSimilarity } from './similarity.ts'

export default metric({
  id: 'cascade-similarity',
  name: 'Similarity along the cascade',
  heading: 'cascade',
  group: 'randomisation',
  direction: 'lower',
  range: [-1, 1],
  formula:
    'mean Spearman of the map and the maps of the same class while parameters become random: the head, the blocks from the last to the first, the embedding',
  source:
    'Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018: model parameter randomisation, cascading; mean over its stages',
  negatives: 'rank below the others',
  pitfall:
    'Early stages keep most of the model, and with it what a map may rightly show (Binder et al., CVPR 2023). Noise that differs from model to model passes.',
  needs: ['maps under random parameters'],
  order: 2,
  truth: false,
  measure: meanSimilarity,
})
