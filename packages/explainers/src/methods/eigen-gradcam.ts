import { mul } from '@vitrine/tensor'
import { activationsWithGradient, camOptions, centred, principalMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/**
 * Eigen-Grad-CAM (pytorch-grad-cam): Eigen-CAM of gradient x activation, which makes it class-specific. An axis has no sign: the patch
 * of largest absolute value is taken as positive.
 */
export default explainer({
  id: 'eigen-gradcam',
  name: 'Eigen-Grad-CAM',
  source: {
    authors: 'Gildenblat',
    venue: 'pytorch-grad-cam 2021',
    url: 'https://github.com/jacobgil/pytorch-grad-cam',
  },
  formula: {
    tex: String.raw`M = (z - \bar z)\,v_1,\qquad z = \frac{\partial y}{\partial x}\odot x`,
    words: 'Gradient times activation, projected on its first principal axis.',
  },
  family: 'cam',
  classSpecific: true,
  needs: ['activations'],
  signed: true,
  parity: 'library',
  options: camOptions,
  explain(context, { layer }) {
    const { activations, gradient } = activationsWithGradient(context, layer)
    return principalMap(context, centred(mul(gradient, activations)))
  },
})
