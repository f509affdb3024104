import { mul, relu } from '@vitrine/tensor'
import { addIdentity, blocksFrom, fuseHeads, patchGrid, rollout, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { withGradients } from '../gradients.ts'

/**
 * Generic Attention-model Explainability (Chefer, Gur & Wolf, ICCV 2021) for self-attention: per block, the positive part of
 * gradient x attention, averaged over heads (eq. 5), added to the identity and multiplied through the blocks (eq. 6).
 */
export default explainer({
  id: 'generic-attention',
  name: 'Generic Attention Explainability',
  source: { authors: 'Chefer, Gur & Wolf', venue: 'ICCV 2021', url: 'https://arxiv.org/abs/2103.15679' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = I + \operatorname*{mean}_h \left[\frac{\partial y}{\partial A^{(l,h)}}\odot A^{(l,h)}\right]_+`,
    words: 'The positive part of gradient times attention, with the identity, multiplied through the blocks.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: { startLayer: startOption() },
  explain(context, { startLayer }) {
    const { model, trace } = context
    const layers = withGradients(context, blocksFrom(trace, startLayer), block => block.attention).map(
      ({ attention, gradient }) => addIdentity(fuseHeads('mean', relu(mul(gradient, attention)))),
    )
    return patchGrid(model, rollout(model, layers, trace))
  },
})
