import { explainer } from '../contract/explainer.ts'
import { numeric } from '../contract/options.ts'
import { grainOption, inputRelevance, levelOption } from '../pixels.ts'
import { constantAttentionRules } from '../rules/gradients.ts'

/**
 * CP-LRP (Ali et al., ICML 2022; "conservative propagation"): layer-wise relevance propagation with attention and the deviation
 * of layer norm held constant, to the pixels or to the tokens that enter the first block. The relevances add up to the logit, less what
 * the biases absorb. `epsilon` and `gamma` change the rule of linear layers.
 */
export default explainer({
  id: 'cp-lrp',
  name: 'CP-LRP',
  source: { authors: 'Ali et al.', venue: 'ICML 2022', url: 'https://arxiv.org/abs/2202.07304' },
  formula: {
    tex: String.raw`R_i = \sum_j \frac{z_{ij}}{z_j}\,R_j,\qquad A,\ \mathrm{std}(x)\ \text{held constant}`,
    words: 'Relevance handed back with attention and the deviation of layer norm held constant.',
  },
  family: 'relevance',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  parity: 'authors',
  options: { level: levelOption, grain: grainOption, epsilon: numeric(0, 0), gamma: numeric(0, 0) },
  completeness: () => 'nothing',
  explain: (context, { level, grain, epsilon, gamma }) =>
    inputRelevance(context, { level, grain, rules: constantAttentionRules({ epsilon, gamma }) }),
})
