import { relu } from '@vitrine/tensor'
import { activationsWithGradient, camOptions, rectifyOption, weightedMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/** LayerCAM (Jiang et al., TIP 2021) on tokens: positive gradient x activation, summed over channels, the positive part. */
export default explainer({
  id: 'layercam',
  name: 'LayerCAM',
  source: { authors: 'Jiang et al.', venue: 'IEEE TIP 2021', url: 'https://doi.org/10.1109/TIP.2021.3089943' },
  formula: {
    tex: String.raw`M = \left[\sum_k \left[\frac{\partial y}{\partial x_k}\right]_+\odot x_k\right]_+`,
    words: 'Positive gradient times activation, summed over channels.',
  },
  family: 'cam',
  classSpecific: true,
  needs: ['activations'],
  parity: 'library',
  options: { ...camOptions, rectify: rectifyOption },
  explain(context, { layer, rectify }) {
    const { activations, gradient } = activationsWithGradient(context, layer)
    return weightedMap(context, relu(gradient), activations, rectify)
  },
})
