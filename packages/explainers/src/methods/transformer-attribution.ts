import { dim, grad, mul, oneHot, relu, reverse } from '@vitrine/tensor'
import { UnsupportedError } from '../errors.ts'
import { explainer, whole } from '../explainer.ts'
import { alphaOneRules, joinRelevance } from '../lrp.ts'
import { addIdentity, classRow, fuseHeads, patchGrid, pick, rollout } from '../parts.ts'

/**
 * Transformer Attribution, known as LRP (Chefer, Gur & Wolf, CVPR 2021): relevance of the class is propagated through the whole
 * network; per block, the positive part of gradient x relevance of the attention, averaged over heads, plus the identity
 * (eq. 13), multiplied through the blocks from `startLayer` on (eq. 14).
 */
export default explainer({
  id: 'transformer-attribution',
  name: 'LRP (Transformer Attribution)',
  source: { authors: 'Chefer, Gur & Wolf', venue: 'CVPR 2021', url: 'https://arxiv.org/abs/2012.09838' },
  family: 'relevance',
  classSpecific: true,
  parity: 'authors',
  options: { startLayer: whole(0, 0) },
  explain({ model, trace: { logits, blocks }, target }, { startLayer }) {
    const used = blocks.slice(startLayer)
    if (used.length === 0)
      throw new UnsupportedError(
        `transformer-attribution: startLayer: expected less than ${blocks.length}, got ${startLayer}`,
      )
    const attentions = used.map(block => block.attention)
    const gradients = grad(pick(logits, target), attentions)
    const relevances = reverse(new Map([[logits, oneHot(target, dim(logits.shape, -1))]]), attentions, alphaOneRules, {
      join: joinRelevance,
    })
    const layers = attentions.map((attention, l) =>
      addIdentity(fuseHeads('mean', relu(mul(gradients[l] ?? attention, relevances[l] ?? attention)))),
    )
    return patchGrid(model, classRow(rollout(layers)))
  },
})
