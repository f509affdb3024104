import { explainer } from '../contract/explainer.ts'
import { numeric, whole } from '../contract/options.ts'
import { grainOption } from '../pixels.ts'
import { wholeBelow } from '../sampling/draws.ts'
import { expectedGradients } from '../sampling/expected-gradients.ts'
import { baselineImage, gradientPrograms, noisyImage } from '../sampling/paths.ts'

/**
 * GradientSHAP (Lundberg & Lee, NeurIPS 2017, as in captum): a noisy copy of the image minus a baseline (the mean colour or black, drawn
 * for each sample) times the class's gradient at a random point between them, averaged over samples.
 */
export default explainer({
  id: 'gradient-shap',
  name: 'GradientSHAP',
  source: { authors: 'Lundberg & Lee', venue: 'NeurIPS 2017', url: 'https://arxiv.org/abs/1705.07874' },
  formula: {
    tex: String.raw`M = \operatorname*{\mathbb E}_{\varepsilon,\,I_0,\,t}\Big[(I + \varepsilon - I_0)\odot\nabla y\big(I_0 + t\,(I + \varepsilon - I_0)\big)\Big]`,
    words: 'Gradients at random points between a baseline and a noisy copy of the image.',
  },
  family: 'input-gradient',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  randomness: 'seeded',
  parity: 'library',
  options: {
    /** One forward and one backward pass each. */
    samples: whole(8, 1),
    /** Of the noise, in units of the normalised image. */
    deviation: numeric(0.2, 0),
    grain: grainOption,
  },
  programs: gradientPrograms,
  async sample(context, { samples, deviation }) {
    const alphas = context.draw('alpha', uniform => Array.from({ length: samples }, uniform))
    const chosen = context.draw('baseline', uniform => Array.from({ length: samples }, () => wholeBelow(uniform, 2)))
    const mean = baselineImage(context.model, 'mean')
    const black = baselineImage(context.model, 'black')
    return expectedGradients(context, samples, k => ({
      from: chosen[k] === 1 ? black : mean,
      to: noisyImage(context, k, deviation),
      alpha: alphas[k] ?? 0,
    }))
  },
})
