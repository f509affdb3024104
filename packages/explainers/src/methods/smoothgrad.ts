import { explainer } from '../contract/explainer.ts'
import { numeric, oneOf, whole } from '../contract/options.ts'
import { grainOption } from '../pixels.ts'
import { gradientPrograms, noisyImage, pathMap } from '../sampling/paths.ts'

/**
 * SmoothGrad (Smilkov et al., ICML Workshop 2017): the mean gradient of the class's logit at noisy copies of the image; `squared`
 * (Hooker et al., NeurIPS 2019) takes the mean of its square. `deviation` is that of the noise, in units of the normalised image.
 */
export default explainer({
  id: 'smoothgrad',
  name: 'SmoothGrad',
  source: { authors: 'Smilkov et al.', venue: 'ICML Workshop 2017', url: 'https://arxiv.org/abs/1706.03825' },
  formula: {
    tex: String.raw`M = \operatorname*{\mathbb E}_{\varepsilon}\,\nabla y(I + \varepsilon)`,
    words: 'The mean gradient at noisy copies of the image.',
  },
  family: 'input-gradient',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  randomness: 'seeded',
  parity: 'library',
  options: {
    /** Noisy copies: one forward and one backward pass each. */
    samples: whole(8, 1),
    deviation: numeric(0.2, 0),
    squared: oneOf(false, true),
    channels: oneOf('sum', 'sum-abs', 'max-abs'),
    grain: grainOption,
  },
  programs: gradientPrograms,
  async sample(context, { samples, deviation, squared }) {
    return pathMap(context, samples, k => ({
      image: noisyImage(context, k, deviation),
      add: (gradient, total) => {
        for (let i = 0; i < total.length; i++) {
          const g = gradient[i] ?? 0
          total[i] = (total[i] ?? 0) + (squared ? g * g : g) / samples
        }
      },
    }))
  },
})
