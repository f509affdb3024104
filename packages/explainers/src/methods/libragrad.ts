import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { attentiveActivation, classGradient } from '../gradients.ts'
import { grainOption, inputRelevance, levelOption, pixelMap } from '../pixels.ts'
import { constantAttentionRules } from '../rules/gradients.ts'

/**
 * LibraGrad (Mehri et al., CVPR 2025): a gradient that conserves relevance because some paths are pruned: attention, the deviation
 * of layer norm and the gate of GELU count as constant. `base` is the method that uses it: input x gradient (at the pixels or at
 * the tokens that enter the first block: `level`), the gradient itself, or AttCAT.
 */
export default explainer({
  id: 'libragrad',
  name: 'LibraGrad',
  source: { authors: 'Mehri et al.', venue: 'CVPR 2025', url: 'https://arxiv.org/abs/2411.16760' },
  formula: {
    tex: String.raw`M = x \odot \tilde\nabla y,\qquad A,\ \mathrm{std}(x),\ \text{gates held constant}`,
    words: 'A gradient made to conserve by pruning paths, times the input.',
  },
  family: 'relevance',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  parity: 'definition',
  options: { base: oneOf('input-x-gradient', 'gradient', 'attcat'), level: levelOption, grain: grainOption },
  explain(context, { base, level, grain }) {
    const rules = constantAttentionRules()
    if (base === 'attcat') return attentiveActivation(context, 'input', { rules })
    if (base === 'gradient') return pixelMap(context.model, classGradient(context, context.image, { rules }), grain)
    return inputRelevance(context, { level, grain, rules })
  },
})
