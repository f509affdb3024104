import { add, div, equal, mul, relu, sum, where } from '@vitrine/tensor'
import { activationsWithGradient, camOptions, rectifyOption, weightedMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/**
 * Grad-CAM++ (Chattopadhay et al., WACV 2018) on tokens: channel weights are sums of the positive gradient, each patch's share
 * being g^2 / (2 g^2 + g^3 * sum of the activations) (eq. 19), with the 1e-6 of pytorch-grad-cam in the denominator.
 */
export default explainer({
  id: 'gradcam-plus-plus',
  name: 'Grad-CAM++',
  source: { authors: 'Chattopadhay et al.', venue: 'WACV 2018', url: 'https://arxiv.org/abs/1710.11063' },
  formula: {
    tex: String.raw`M = \left[\sum_k \alpha_k\, x_k\right]_+,\qquad \alpha_k = \sum_i \frac{g_{ik}^2}{2g_{ik}^2 + g_{ik}^3\sum_j x_{jk}}\,\left[g_{ik}\right]_+`,
    words: 'Channels weighted by their positive gradients g, each patch by its share.',
  },
  family: 'cam',
  classSpecific: true,
  needs: ['activations'],
  parity: 'library',
  conditioning: 'poor',
  options: { ...camOptions, rectify: rectifyOption },
  explain(context, { layer, rectify }) {
    const { activations, gradient } = activationsWithGradient(context, layer)
    const squared = mul(gradient, gradient)
    const cubed = mul(squared, gradient)
    const share = div(squared, add(add(mul(2, squared), mul(sum(activations, [1]), cubed)), 1e-6))
    const weights = sum(mul(relu(gradient), where(equal(gradient, 0), 0, share)), [1])
    return weightedMap(context, weights, activations, rectify)
  },
})
