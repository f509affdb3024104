import { dim, ones } from '@vitrine/tensor'
import { explainer } from '../explainer.ts'

/** Control: every pixel is evidence. */
export default explainer({
  id: 'whole-image',
  name: 'Whole image',
  source: { authors: 'control', venue: '', url: '' },
  family: 'control',
  classSpecific: false,
  scale: 'unit',
  explain: ({ model: { grid }, image }) => ones([dim(image.shape, 0), grid.rows, grid.columns]),
})
