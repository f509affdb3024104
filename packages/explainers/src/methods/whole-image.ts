import { dim, ones } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'

/** Control: every patch is evidence. */
export default explainer({
  id: 'whole-image',
  name: 'Whole image',
  source: { authors: 'control', venue: '', url: '' },
  formula: {
    tex: 'M_{ij} = 1',
    words: 'Every pixel: what a mask of the whole image scores.',
  },
  family: 'control',
  classSpecific: false,
  scale: 'unit',
  explain: ({ model: { grid }, image }) => ones([dim(image.shape, 0), grid.rows, grid.columns]),
})
