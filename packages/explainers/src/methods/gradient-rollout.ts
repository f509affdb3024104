import { mul, relu } from '@vitrine/tensor'
import {
  addIdentity,
  discardSmallest,
  divideColumns,
  fuseHeads,
  normaliseRows,
  patchGrid,
  rollout,
} from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { numeric, oneOf } from '../contract/options.ts'
import { withGradients } from '../gradients.ts'

/**
 * Gradient Attention Rollout (Gildenblat, vit-explain 2020): attention times its gradient, averaged over heads, the positive part
 * averaged with the identity, rows normalised, multiplied through the blocks. `discardRatio` zeroes that share of the smallest entries.
 *
 * The defaults are what the code intends. Three options reproduce what it does instead: `gradients: 'scores'` (its hook sees the gradient
 * of the scores before softmax), `order: 'reversed'` (gradients are collected from the last block to the first, attention from the first
 * to the last) and `normalisation: 'columns'` (row sums are broadcast along the wrong axis).
 */
export default explainer({
  id: 'gradient-rollout',
  name: 'Gradient Attention Rollout',
  source: { authors: 'Gildenblat', venue: 'vit-explain 2020', url: 'https://github.com/jacobgil/vit-explain' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = \operatorname{norm}\Big(I + \left[\operatorname*{mean}_h \frac{\partial y}{\partial A^{(l,h)}}\odot A^{(l,h)}\right]_+\Big)`,
    words: 'Rollout of attention times its gradient.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: {
    discardRatio: numeric(0, 0, 0.99),
    normalisation: oneOf('rows', 'columns'),
    gradients: oneOf('attention', 'scores'),
    order: oneOf('matching', 'reversed'),
  },
  explain(context, { discardRatio, normalisation, gradients, order }) {
    const { model, trace } = context
    const blocks = withGradients(context, trace.blocks, block => block[gradients])
    const collected = blocks.map(block => block.gradient)
    if (order === 'reversed') collected.reverse()
    const normalise = normalisation === 'rows' ? normaliseRows : divideColumns
    const layers = blocks.map(({ attention, gradient }, l) => {
      const fused = relu(fuseHeads('mean', mul(attention, collected[l] ?? gradient)))
      return normalise(addIdentity(discardSmallest(fused, discardRatio, false)))
    })
    return patchGrid(model, rollout(model, layers, trace))
  },
})
