import { explainer } from '../contract/explainer.ts'
import { numeric } from '../contract/options.ts'
import { grainOption, inputRelevance, levelOption } from '../pixels.ts'
import { attnLrpRules } from '../rules/gradients.ts'

/**
 * AttnLRP (Achtibat et al., ICML 2024): layer-wise relevance propagation with rules for softmax (proposition 3.1), products of
 * activations (proposition 3.3) and layer norm (proposition 3.4), to the pixels or to the tokens that enter the first block. Linear
 * layers hand relevance back in proportion to the contributions; `epsilon` (eq. 8) and `gamma` (which the paper takes for ViTs)
 * change that.
 */
export default explainer({
  id: 'attnlrp',
  name: 'AttnLRP',
  source: { authors: 'Achtibat et al.', venue: 'ICML 2024', url: 'https://arxiv.org/abs/2402.05602' },
  formula: {
    tex: String.raw`R_i = \sum_j \frac{z_{ij}}{z_j}\,R_j,\qquad R^{\mathrm{softmax}}_i = a_i\Big(R_i - s_i\sum_j R_j\Big)`,
    words:
      'Relevance handed back layer by layer, with rules of its own for softmax, products of activations and layer norm.',
  },
  family: 'relevance',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  parity: 'authors',
  options: { level: levelOption, grain: grainOption, epsilon: numeric(0, 0), gamma: numeric(0, 0) },
  completeness: () => 'nothing',
  explain: (context, { level, grain, epsilon, gamma }) =>
    inputRelevance(context, { level, grain, rules: attnLrpRules({ epsilon, gamma }) }),
})
