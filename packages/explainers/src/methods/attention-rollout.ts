import type { Tensor } from '@vitrine/tensor'
import {
  addIdentity,
  blocksFrom,
  discardSmallest,
  divideColumns,
  fuseHeads,
  normaliseRows,
  patchGrid,
  rollout,
  startOption,
} from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { numeric, oneOf, younger } from '../contract/options.ts'
import { windowRollout } from '../window-rollout.ts'

/**
 * Attention Rollout (Abnar & Zuidema, ACL 2020, eq. 1): attention of each block, heads fused, averaged with the identity for
 * the skip connection, rows normalised, multiplied through the blocks.
 *
 * `discardRatio` zeroes that share of the fused attention's smallest entries first, the class token's attention to itself
 * excepted. `normalisation: 'columns'` divides column j by the sum of row j, as the widely used vit-explain code does; the
 * two differ once rows do not sum to 1. `startLayer` is the first block that takes part (Chefer et al. start at 1).
 *
 * `windows: 'join'` explains Swin Transformers too, whose patches attend within windows and are merged: the matrices of windows are put into one between
 * all tokens (`windowRollout`). `discardRatio` is then a share of each window's matrix. Other models have the same map with it as without.
 */
export default explainer({
  id: 'attention-rollout',
  name: 'Attention Rollout',
  source: { authors: 'Abnar & Zuidema', venue: 'ACL 2020', url: 'https://arxiv.org/abs/2005.00928' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = \operatorname{norm}\Big(\operatorname*{mean}_h A^{(l,h)} + I\Big)`,
    words: 'Attention averaged over heads, with the identity for the skip connection, multiplied through the blocks.',
  },
  family: 'attention',
  classSpecific: false,
  needs: ['chain', 'global-attention'],
  needsWith: ({ windows }, { can }) =>
    windows === 'join' && can.windows === true ? ['windows'] : ['chain', 'global-attention'],
  parity: 'library',
  options: {
    headFusion: oneOf('mean', 'max', 'min'),
    discardRatio: numeric(0, 0, 0.99),
    normalisation: oneOf('rows', 'columns'),
    startLayer: startOption(),
    windows: younger(oneOf('refuse', 'join')),
  },
  explain({ model, trace }, { headFusion, discardRatio, normalisation, startLayer, windows }) {
    const normalise = normalisation === 'rows' ? normaliseRows : divideColumns
    // (A + I) / 2 and A + I are the same once normalised.
    const matrixOf = (attention: Tensor): Tensor =>
      normalise(addIdentity(discardSmallest(fuseHeads(headFusion, attention), discardRatio, true)))
    if (windows === 'join' && trace.mixing) return windowRollout(model, trace, startLayer, matrixOf)
    const layers = blocksFrom(trace, startLayer).map(block => matrixOf(block.attention))
    return patchGrid(model, rollout(model, layers, trace))
  },
})
