import { mul, relu, sum, transpose } from '@vitrine/tensor'
import { fuseLayers, joinHeads, onGrid, patchTokens, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { withGradients } from '../gradients.ts'

/**
 * Dynamic Accumulated Attention Map (Liao, Gao & Zhang 2025): the class token's context in each block is taken apart into what each
 * patch adds to it, attention times value (their decomposition module); weighted by the positive gradient of the class score with
 * respect to that context and summed over channels, the positive part, accumulated over all blocks. As in the authors' code.
 */
export default explainer({
  id: 'daam',
  name: 'DAAM',
  source: { authors: 'Liao, Gao & Zhang', venue: 'Pattern Recognition 2025', url: 'https://arxiv.org/abs/2503.14640' },
  formula: {
    tex: String.raw`M = \sum_l \left[\sum_k \left[\frac{\partial y}{\partial c^{(l)}_k}\right]_+ A^{(l)}_{\mathrm{cls}}\odot v^{(l)}_k\right]_+`,
    words:
      "What each patch adds to the class token's context c, weighted by the positive gradient of the class score, accumulated over blocks.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['global-attention'],
  parity: 'definition',
  explain(context) {
    const { model, trace } = context
    const maps = withGradients(context, trace.blocks, block => block.context).map(({ attention, value, gradient }) => {
      const added = patchTokens(model, joinHeads(mul(transpose(readRow(model, attention, trace), [0, 1, 3, 2]), value)))
      return relu(sum(mul(relu(readRow(model, gradient, trace)), added), [-1]))
    })
    return onGrid(model, fuseLayers('sum', maps))
  },
})
