import type { Numbers } from '../contract/context.ts'
import { explainer } from '../contract/explainer.ts'
import { numeric, whole } from '../contract/options.ts'
import { grainOption } from '../pixels.ts'
import { gradientPrograms, noisyImage, pathMap } from '../sampling/paths.ts'

/**
 * VarGrad (Adebayo et al., NeurIPS 2018, appendix): the variance of the class's gradient over noisy copies of the image, divided by the
 * number of samples (not by one less). `deviation` is that of the noise, in units of the normalised image.
 */
export default explainer({
  id: 'vargrad',
  name: 'VarGrad',
  source: { authors: 'Adebayo et al.', venue: 'NeurIPS 2018', url: 'https://arxiv.org/abs/1810.03292' },
  formula: {
    tex: String.raw`M = \operatorname*{Var}_{\varepsilon}\,\nabla y(I + \varepsilon)`,
    words: 'The variance of the gradient over noisy copies of the image.',
  },
  family: 'input-gradient',
  classSpecific: true,
  resolution: 'pixel',
  randomness: 'seeded',
  parity: 'library',
  options: {
    /** Noisy copies: one forward and one backward pass each. */
    samples: whole(8, 2),
    deviation: numeric(0.2, 0),
    grain: grainOption,
  },
  programs: gradientPrograms,
  async sample(context, { samples, deviation }) {
    // Welford's update: the sum of squared distances to the running mean.
    const mean = new Float64Array(context.image.length)
    let seen = 0
    const visit = (k: number) => ({
      image: noisyImage(context, k, deviation),
      add: (gradient: Numbers, total: Float64Array) => {
        seen++
        for (let i = 0; i < total.length; i++) {
          const g = gradient[i] ?? 0
          const before = g - (mean[i] ?? 0)
          mean[i] = (mean[i] ?? 0) + before / seen
          total[i] = (total[i] ?? 0) + before * (g - (mean[i] ?? 0))
        }
      },
    })
    return pathMap(context, samples, visit, squares => squares.map(s => s / samples))
  },
})
