import { constant, dim, div, greater, mul, reshape, sliceAxis, sub, sum, type Tensor, topK } from '@vitrine/tensor'
import { explainer, numeric, oneOf } from '../explainer.ts'
import { addIdentity, classRow, fuseHeads, normaliseRows, patchGrid, rollout } from '../parts.ts'

/**
 * Attention Rollout (Abnar & Zuidema, ACL 2020, eq. 1): attention of each block, heads fused, averaged with the identity for
 * the skip connection, rows normalised, multiplied through the blocks.
 *
 * `discardRatio` zeroes that share of the fused attention's smallest entries first, the class token's attention to itself
 * excepted. `normalisation: 'columns'` divides column j by the sum of row j, as the widely used vit-explain code does; the
 * two differ once rows do not sum to 1.
 */
export default explainer({
  id: 'attention-rollout',
  name: 'Attention Rollout',
  source: { authors: 'Abnar & Zuidema', venue: 'ACL 2020', url: 'https://arxiv.org/abs/2005.00928' },
  family: 'attention',
  classSpecific: false,
  parity: 'authors',
  options: {
    headFusion: oneOf('mean', 'max', 'min'),
    discardRatio: numeric(0, 0, 0.99),
    normalisation: oneOf('rows', 'columns'),
  },
  explain({ model, trace: { blocks } }, { headFusion, discardRatio, normalisation }) {
    const normalise = normalisation === 'rows' ? normaliseRows : divideColumns
    const layers = blocks.map(block =>
      // (A + I) / 2 and A + I are the same once normalised.
      normalise(addIdentity(discardSmallest(fuseHeads(headFusion, block.attention), discardRatio))),
    )
    return patchGrid(model, classRow(rollout(layers)))
  },
})

function discardSmallest(attention: Tensor, ratio: number): Tensor {
  const [batch = 1, tokens = 1] = attention.shape
  const entries = tokens * tokens
  const kept = entries - Math.trunc(entries * ratio)
  if (kept === entries) return attention
  const flat = reshape(attention, [batch, entries])
  const smallestKept = sliceAxis(topK(flat, kept).values, 1, kept - 1, kept)
  const notFirst = constant(Float64Array.from({ length: entries }, (_, i) => (i === 0 ? 0 : 1)))
  const dropped = mul(greater(smallestKept, flat), notFirst)
  return reshape(mul(flat, sub(1, dropped)), attention.shape)
}

const divideColumns = (x: Tensor): Tensor => div(x, reshape(sum(x, [-1]), [dim(x.shape, 0), 1, dim(x.shape, 1)]))
