import { mul, relu } from '@vitrine/tensor'
import { addIdentity, blocksFrom, fuseHeads, patchGrid, rollout, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { withGradients } from '../gradients.ts'
import { withRelevance } from '../relevance.ts'

/**
 * Transformer Attribution, known as LRP (Chefer, Gur & Wolf, CVPR 2021): relevance of the class is propagated through the whole
 * network; per block, the positive part of gradient x relevance of the attention, averaged over heads, plus the identity
 * (eq. 13), multiplied through the blocks from `startLayer` on (eq. 14).
 */
export default explainer({
  id: 'transformer-attribution',
  name: 'LRP (Transformer Attribution)',
  source: { authors: 'Chefer, Gur & Wolf', venue: 'CVPR 2021', url: 'https://arxiv.org/abs/2012.09838' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = I + \operatorname*{mean}_h \left[\frac{\partial y}{\partial A^{(l,h)}}\odot R^{(l,h)}\right]_+`,
    words:
      'Relevance R of the class, propagated back through the whole network, times the gradient of the attention; its positive part averaged over heads and multiplied through the blocks.',
  },
  family: 'relevance',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  conditioning: 'poor',
  options: { startLayer: startOption() },
  explain(context, { startLayer }) {
    const { model, trace } = context
    const blocks = withRelevance(context, blocksFrom(trace, startLayer), 'rescaled')
    const layers = withGradients(context, blocks, block => block.attention).map(({ gradient, relevance }) =>
      addIdentity(fuseHeads('mean', relu(mul(gradient, relevance)))),
    )
    return patchGrid(model, rollout(model, layers, trace))
  },
})
