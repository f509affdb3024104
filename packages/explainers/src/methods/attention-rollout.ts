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
import { numeric, oneOf } from '../contract/options.ts'

/**
 * Attention Rollout (Abnar & Zuidema, ACL 2020, eq. 1): attention of each block, heads fused, averaged with the identity for
 * the skip connection, rows normalised, multiplied through the blocks.
 *
 * `discardRatio` zeroes that share of the fused attention's smallest entries first, the class token's attention to itself
 * excepted. `normalisation: 'columns'` divides column j by the sum of row j, as the widely used vit-explain code does; the
 * two differ once rows do not sum to 1. `startLayer` is the first block that takes part (Chefer et al. start at 1).
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
  parity: 'library',
  options: {
    headFusion: oneOf('mean', 'max', 'min'),
    discardRatio: numeric(0, 0, 0.99),
    normalisation: oneOf('rows', 'columns'),
    startLayer: startOption(),
  },
  explain({ model, trace }, { headFusion, discardRatio, normalisation, startLayer }) {
    const normalise = normalisation === 'rows' ? normaliseRows : divideColumns
    const layers = blocksFrom(trace, startLayer).map(block =>
      // (A + I) / 2 and A + I are the same once normalised.
      normalise(addIdentity(discardSmallest(fuseHeads(headFusion, block.attention), discardRatio, true))),
    )
    return patchGrid(model, rollout(model, layers, trace))
  },
})
