import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { attentiveActivation } from '../gradients.ts'

/**
 * Attentive Class Activation Tokens (Qiang et al., NeurIPS 2022, eq. 6 to 8). `tokens`: the input of each block, as the authors' code
 * takes them, or its output, as the paper writes.
 */
export default explainer({
  id: 'attcat',
  name: 'AttCAT',
  source: { authors: 'Qiang et al.', venue: 'NeurIPS 2022', url: 'https://openreview.net/forum?id=cA8Zor8wFr5' },
  formula: {
    tex: String.raw`M_i = \sum_l \bar A^{(l)}_{\mathrm{cls},i}\sum_k \frac{\partial y}{\partial x^{(l)}_{ik}}\, x^{(l)}_{ik}`,
    words: 'Gradient times token, summed over channels, weighted by the attention to the token and summed over blocks.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['tokens', 'global-attention'],
  signed: true,
  parity: 'authors',
  options: { tokens: oneOf('input', 'output') },
  explain: (context, { tokens }) => attentiveActivation(context, tokens),
})
