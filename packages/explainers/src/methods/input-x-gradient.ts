import { vjps } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { grainOption, inputRelevance } from '../pixels.ts'

/**
 * Input x gradient (Shrikumar et al. 2016): the normalised image times the gradient of the class score, summed over channels. Pixels are
 * summed over patches unless `grain` is `pixels`.
 */
export default explainer({
  id: 'input-x-gradient',
  name: 'Input x gradient',
  source: { authors: 'Shrikumar et al.', venue: 'arXiv 2016', url: 'https://arxiv.org/abs/1605.01713' },
  formula: {
    tex: String.raw`M = I \odot \nabla y(I)`,
    words: 'The image times the gradient of the class score.',
  },
  family: 'input-gradient',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  parity: 'library',
  options: { grain: grainOption },
  explain: (context, { grain }) => inputRelevance(context, { level: 'pixels', grain, rules: vjps }),
})
