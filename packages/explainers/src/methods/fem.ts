import { add, greater, mean, mul, sqrt } from '@vitrine/tensor'
import { activationsOf, camOptions, centred, rectifyOption, weightedMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'
import { numeric } from '../contract/options.ts'

/**
 * Feature Explanation Method (Fuad et al., IPTA 2020) on tokens: channels weighted by the share of patches whose activation exceeds the
 * channel's mean by `k` standard deviations. As in pytorch-grad-cam, the weights multiply the
 * activations.
 */
export default explainer({
  id: 'fem',
  name: 'FEM',
  source: { authors: 'Fuad et al.', venue: 'IPTA 2020', url: 'https://doi.org/10.1109/IPTA50016.2020.9286629' },
  formula: {
    tex: String.raw`M = \sum_k w_k\,x_k,\qquad w_k = \operatorname*{mean}_i\,\big[x_{ik} > \mu_k + \kappa\,\sigma_k\big]`,
    words: 'Channels weighted by the share of patches that stand out.',
  },
  family: 'cam',
  classSpecific: false,
  needs: ['activations'],
  parity: 'library',
  options: { ...camOptions, k: numeric(2, 0, 100), rectify: rectifyOption },
  explain(context, { layer, k, rectify }) {
    const activations = activationsOf(context, layer)
    const deviation = sqrt(mean(mul(centred(activations), centred(activations)), [1]))
    const rare = greater(activations, add(mean(activations, [1]), mul(k, deviation)))
    return weightedMap(context, mean(rare, [1]), activations, rectify)
  },
})
