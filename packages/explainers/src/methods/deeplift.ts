import { vjps, zeros } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { grainOption, inputRelevance } from '../pixels.ts'
import { rescaleRules } from '../rules/gradients.ts'

/**
 * DeepLIFT with the rescale rule (Shrikumar et al., ICML 2017, section 3.5.1) where it is defined, that is at GELU: the slope of a neuron
 * is the difference of its outputs for the image and for a reference image, divided by the difference of its inputs. Layer norm, softmax
 * and products of activations keep their gradient, so the map does not add up to the difference of the scores. The reference image is
 * the mean colour, 0 after normalisation. `rescale: false` computes input x gradient, as captum does, which has no rule for the modules
 * of a ViT.
 */
export default explainer({
  id: 'deeplift',
  name: 'DeepLIFT (rescale)',
  source: { authors: 'Shrikumar et al.', venue: 'ICML 2017', url: 'https://arxiv.org/abs/1704.02685' },
  formula: {
    tex: String.raw`M = (I - I_0)\odot\tilde\nabla y,\qquad \tilde\nabla\,\mathrm{GELU} = \frac{\mathrm{GELU}(z) - \mathrm{GELU}(z_0)}{z - z_0}`,
    words:
      'The image less a baseline, times a gradient in which GELU has the slope between the two instead of the one at the image.',
  },
  family: 'input-gradient',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  parity: 'library',
  options: { rescale: oneOf(true, false), grain: grainOption },
  explain(context, { rescale, grain }) {
    const { model, trace } = context
    const reference = model.trace(zeros(model.imageShape(1))).blocks
    const ofReference = new Map(trace.blocks.map(({ hidden }, l) => [hidden, reference[l]?.hidden ?? hidden]))
    return inputRelevance(context, { level: 'pixels', grain, rules: rescale ? rescaleRules(ofReference) : vjps })
  },
})
