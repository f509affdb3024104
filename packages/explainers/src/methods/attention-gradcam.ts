import { mean, mul, relu, type Tensor } from '@vitrine/tensor'
import { blockAt, fuseHeads, layerOption, onGrid, patchColumns, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { classGradient } from '../gradients.ts'

/**
 * Grad-CAM on attention, the baseline of Chefer et al. (CVPR 2021, section 4): the class token's attention to the patches in one
 * block, each head weighted by the mean of its gradient over the patches, averaged over heads, the positive part.
 */
export default explainer({
  id: 'attention-gradcam',
  name: 'Grad-CAM on attention',
  source: { authors: 'Chefer, Gur & Wolf', venue: 'CVPR 2021', url: 'https://arxiv.org/abs/2012.09838' },
  formula: {
    tex: String.raw`M = \left[\operatorname*{mean}_h \alpha_h A^{(l,h)}_{\mathrm{cls}}\right]_+,\qquad \alpha_h = \operatorname*{mean}_i \frac{\partial y}{\partial A^{(l,h)}_{\mathrm{cls},i}}`,
    words: "The class token's attention in one block, each head weighted by the mean of its gradient.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['global-attention'],
  parity: 'authors',
  options: { layer: layerOption() },
  explain(context, { layer }) {
    const { model, trace } = context
    const { attention } = blockAt(trace, layer)
    const toPatches = (matrix: Tensor): Tensor => patchColumns(model, readRow(model, matrix, trace))
    const weights = mean(toPatches(classGradient(context, attention)), [-1])
    return relu(onGrid(model, fuseHeads('mean', mul(weights, toPatches(attention)))))
  },
})
