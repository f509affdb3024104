import { mean } from '@vitrine/tensor'
import { activationsWithGradient, camOptions, rectifyOption, weightedMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017) on tokens: channels weighted by the mean of their gradient over the patches (eq. 1), summed,
 * the positive part (eq. 2; `rectify`).
 */
export default explainer({
  id: 'gradcam',
  name: 'Grad-CAM',
  source: { authors: 'Selvaraju et al.', venue: 'ICCV 2017', url: 'https://arxiv.org/abs/1610.02391' },
  formula: {
    tex: String.raw`M = \left[\sum_k \alpha_k\, x_k\right]_+,\qquad \alpha_k = \operatorname*{mean}_i \frac{\partial y}{\partial x_{ik}}`,
    words: 'Channels weighted by the mean of their gradient.',
  },
  family: 'cam',
  classSpecific: true,
  needs: ['activations'],
  parity: 'library',
  options: { ...camOptions, rectify: rectifyOption },
  explain(context, { layer, rectify }) {
    const { activations, gradient } = activationsWithGradient(context, layer)
    return weightedMap(context, mean(gradient, [1]), activations, rectify)
  },
})
