import { add, div, mul, sum } from '@vitrine/tensor'
import { activationsWithGradient, camOptions, rectifyOption, weightedMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/**
 * XGrad-CAM (Fu et al., BMVC 2020) on tokens: channel weights are means of the gradient, each patch weighted by its share of the
 * channel's activations (with the 1e-7 of pytorch-grad-cam in the denominator).
 */
export default explainer({
  id: 'xgradcam',
  name: 'XGrad-CAM',
  source: { authors: 'Fu et al.', venue: 'BMVC 2020', url: 'https://arxiv.org/abs/2008.02312' },
  formula: {
    tex: String.raw`M = \left[\sum_k \alpha_k\, x_k\right]_+,\qquad \alpha_k = \sum_i \frac{x_{ik}}{\sum_j x_{jk}}\,\frac{\partial y}{\partial x_{ik}}`,
    words: "Channels weighted by their gradient, each patch by its share of the channel's activations.",
  },
  family: 'cam',
  classSpecific: true,
  needs: ['activations'],
  parity: 'library',
  options: { ...camOptions, rectify: rectifyOption },
  explain(context, { layer, rectify }) {
    const { activations, gradient } = activationsWithGradient(context, layer)
    const weights = div(sum(mul(gradient, activations), [1]), add(sum(activations, [1]), 1e-7))
    return weightedMap(context, weights, activations, rectify)
  },
})
