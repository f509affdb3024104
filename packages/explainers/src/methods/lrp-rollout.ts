import { relu } from '@vitrine/tensor'
import { addIdentity, blocksFrom, fuseHeads, patchGrid, rollout, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { withRelevance } from '../relevance.ts'

/**
 * Rollout of relevance, an ablation of Chefer, Gur & Wolf (CVPR 2021): Transformer Attribution without the gradient. Per block, the
 * positive relevance of the attention, averaged over heads, plus the identity, multiplied through the blocks from `startLayer` on.
 */
export default explainer({
  id: 'lrp-rollout',
  name: 'LRP Rollout',
  source: { authors: 'Chefer, Gur & Wolf', venue: 'CVPR 2021', url: 'https://arxiv.org/abs/2012.09838' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = I + \operatorname*{mean}_h \left[R^{(l,h)}\right]_+`,
    words: 'Rollout of the relevance of attention, without the gradient.',
  },
  family: 'relevance',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  conditioning: 'poor',
  options: { startLayer: startOption() },
  explain(context, { startLayer }) {
    const { model, trace } = context
    const layers = withRelevance(context, blocksFrom(trace, startLayer), 'rescaled').map(({ relevance }) =>
      addIdentity(fuseHeads('mean', relu(relevance))),
    )
    return patchGrid(model, rollout(model, layers, trace))
  },
})
