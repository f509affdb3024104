import { explainer } from '../contract/explainer.ts'
import { whole } from '../contract/options.ts'
import { grainOption } from '../pixels.ts'
import { expectedGradients } from '../sampling/expected-gradients.ts'
import { baselineImage, gradientPrograms } from '../sampling/paths.ts'

/**
 * Expected gradients (Erion et al., Nature Machine Intelligence 2021): integrated gradients averaged over baselines, with one random
 * point on the path from each. A method is given one image and no training set, so the baselines are images of uniform noise
 * (Sturmfels, Lundberg & Lee, Distill 2020) between black and white.
 */
export default explainer({
  id: 'expected-gradients',
  name: 'Expected gradients',
  source: { authors: 'Erion et al.', venue: 'Nature MI 2021', url: 'https://arxiv.org/abs/1906.10670' },
  formula: {
    tex: String.raw`M = \operatorname*{\mathbb E}_{I_0,\,t}\Big[(I - I_0)\odot\nabla y\big(I_0 + t\,(I - I_0)\big)\Big]`,
    words: 'Integrated gradients averaged over random baselines.',
  },
  family: 'input-gradient',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  randomness: 'seeded',
  parity: 'definition',
  options: {
    /** Baselines: one forward and one backward pass each. */
    samples: whole(8, 1),
    grain: grainOption,
  },
  programs: gradientPrograms,
  async sample(context, { samples }) {
    const { image, model, draw } = context
    const [black, white] = [baselineImage(model, 'black'), baselineImage(model, 'white')]
    return expectedGradients(context, samples, k => {
      const noise = draw(`baseline ${k}`, uniform => new Float32Array(image.length).map(uniform))
      const from = black.map((low, i) => low + (noise[i] ?? 0) * ((white[i] ?? 0) - low))
      return { from, to: image, alpha: draw(`alpha ${k}`, uniform => uniform()) }
    })
  },
})
