import { metric } from '../metric.ts'
import { aboveMean } from './parts.ts'

export default metric({
  id: 'mean-threshold-f1',
  name: 'Segmentation F1',
  heading: 'segm. F1',
  group: 'benchmarks',
  direction: 'higher',
  range: [0, 1],
  formula: '2 tp / (2 tp + fp + fn) of the pixels above the mean of the map',
  source: 'Chefer, Gur & Wolf, Transformer Interpretability Beyond Attention Visualization, CVPR 2021, released code',
  negatives: 'are min-max normalised with the others',
  pitfall:
    'The mean is a threshold that a map chooses by how it is spread: the mask of the object, as coarse as the patches, is blurred beyond its edge and not always the best map.',
  needs: ['map', 'truth'],
  order: 5,
  measure(map) {
    const { tp, fp, fn } = aboveMean(map)
    return (2 * tp) / (2 * tp + fp + fn)
  },
})
