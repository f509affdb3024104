import { add, dim, div, matmul, mean, sub, tanh } from '@vitrine/tensor'
import { onGrid } from '../attention.ts'
import { activationsOf, camOptions, centred, principalComponent } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/**
 * KPCA-CAM (Karmani et al. 2024) on tokens: the first component of kernel principal component analysis of the centred activations, with
 * the sigmoid kernel tanh(x y / channels + 1), scikit-learn's default. The patch of largest absolute value is taken as positive.
 */
export default explainer({
  id: 'kpca-cam',
  name: 'KPCA-CAM',
  source: { authors: 'Karmani et al.', venue: 'arXiv 2024', url: 'https://arxiv.org/abs/2410.00267' },
  formula: {
    tex: String.raw`M = \text{first component of } \tanh\Big(\frac{x x^{\top}}{K} + 1\Big)`,
    words: 'The first kernel principal component of the activations.',
  },
  family: 'cam',
  classSpecific: false,
  needs: ['activations'],
  signed: true,
  parity: 'library',
  options: camOptions,
  explain(context, { layer }) {
    const x = centred(activationsOf(context, layer))
    const kernel = tanh(add(div(matmul(x, x, false, true), dim(x.shape, -1)), 1))
    const centredKernel = add(sub(sub(kernel, mean(kernel, [-1])), mean(kernel, [-2])), mean(kernel, [-1, -2]))
    return onGrid(context.model, principalComponent(centredKernel))
  },
})
