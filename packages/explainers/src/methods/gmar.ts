import { abs, div, mul, sqrt, sum, type Tensor } from '@vitrine/tensor'
import { addIdentity, fuseHeads, normaliseRows, patchGrid, rollout } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { withGradients } from '../gradients.ts'

const NORMS: Readonly<Record<'L1' | 'L2', (x: Tensor) => Tensor>> = {
  L1: x => sum(abs(x), [-1, -2]),
  L2: x => sqrt(sum(mul(x, x), [-1, -2])),
}

/**
 * Gradient-Driven Multi-Head Attention Rollout (Jo, Jang & Park 2025): each head weighted by the norm of the class score's gradient
 * with respect to its attention, over the sum of these norms in the block; then rollout. That weights are per block and that the
 * skip connection is A + I with rows normalised is read from the paper's summary.
 */
export default explainer({
  id: 'gmar',
  name: 'GMAR',
  source: { authors: 'Jo, Jang & Park', venue: 'ICIP 2025', url: 'https://arxiv.org/abs/2504.19414' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = \operatorname{norm}\Big(I + \sum_h w_h A^{(l,h)}\Big),\quad w_h = \frac{\lVert\nabla_{\!h}\,y\rVert}{\sum_{h'}\lVert\nabla_{\!h'}\,y\rVert}`,
    words: 'Rollout with heads weighted by the size of their gradient.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'definition',
  options: { norm: oneOf('L1', 'L2') },
  explain(context, { norm }) {
    const { model, trace } = context
    const layers = withGradients(context, trace.blocks, block => block.attention).map(({ attention, gradient }) => {
      const importance = NORMS[norm](gradient)
      const weights = div(importance, sum(importance, [1]))
      return normaliseRows(addIdentity(fuseHeads('sum', mul(weights, attention))))
    })
    return patchGrid(model, rollout(model, layers, trace))
  },
})
