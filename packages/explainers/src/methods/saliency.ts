import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { classGradient } from '../gradients.ts'
import { grainOption, pixelMap } from '../pixels.ts'

/**
 * Saliency (Simonyan et al., ICLR Workshop 2014, section 3.1): the gradient of the class score with respect to the image; per pixel the
 * largest absolute value over the channels. `channels: 'sum'` keeps the sign. Pixels are summed over patches unless `grain` is `pixels`.
 */
export default explainer({
  id: 'saliency',
  name: 'Saliency',
  source: { authors: 'Simonyan et al.', venue: 'ICLR Workshop 2014', url: 'https://arxiv.org/abs/1312.6034' },
  formula: {
    tex: String.raw`M = \max_c \left|\frac{\partial y}{\partial I_c}\right|`,
    words: 'The largest size of the gradient over the colours of a pixel.',
  },
  family: 'input-gradient',
  classSpecific: true,
  resolution: 'pixel',
  parity: 'library',
  options: { channels: oneOf('max-abs', 'sum-abs', 'sum'), grain: grainOption },
  explain: (context, { channels, grain }) =>
    pixelMap(context.model, classGradient(context, context.image), grain, channels),
})
