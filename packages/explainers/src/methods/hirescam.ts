import { activationsWithGradient, camOptions, rectifyOption, weightedMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/** HiResCAM (Draelos & Carin 2020) on tokens: gradient x activation summed over channels. `rectify` keeps the positive part. */
export default explainer({
  id: 'hirescam',
  name: 'HiResCAM',
  source: { authors: 'Draelos & Carin', venue: 'arXiv 2020', url: 'https://arxiv.org/abs/2011.08891' },
  formula: {
    tex: String.raw`M = \left[\sum_k \frac{\partial y}{\partial x_k}\odot x_k\right]_+`,
    words: 'Gradient times activation, summed over channels.',
  },
  family: 'cam',
  classSpecific: true,
  needs: ['activations'],
  parity: 'library',
  options: { ...camOptions, rectify: rectifyOption },
  explain(context, { layer, rectify }) {
    const { activations, gradient } = activationsWithGradient(context, layer)
    return weightedMap(context, gradient, activations, rectify)
  },
})
