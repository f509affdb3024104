import { addIdentity, blocksFrom, fuseHeads, rollout, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { scaledReadGradient, stepsOption, weightedState } from '../sampling/last-attention.ts'

/**
 * Transition Attention Maps (Yuan et al. 2021): the class token's state, its attention in the last block, moves back through the blocks
 * as a Markov chain, s + s A, and is weighted by the integrated gradient of the last block's attention along the path from the
 * mean colour to the image. The authors' script starts at block 4 of 12.
 */
export default explainer({
  id: 'tam',
  name: 'Transition Attention Maps',
  source: {
    authors: 'Yuan et al.',
    venue: 'XAI4Debugging at NeurIPS 2021',
    url: 'https://github.com/XianrenYty/Transition_Attention_Maps',
  },
  formula: {
    tex: String.raw`s^{(l-1)} = s^{(l)} + s^{(l)}A^{(l)},\qquad M = s \odot \int_0^1 \frac{\partial y}{\partial A^{(L)}}(t)\,dt`,
    words:
      'The state of the class token moves back through the blocks as a Markov chain, weighted by the integrated gradient of the last attention.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: { startLayer: startOption(), steps: stepsOption },
  programs(context, { startLayer }) {
    const { model, image } = context
    const trace = model.trace(image)
    const fused = blocksFrom(trace, startLayer).map(block => fuseHeads('mean', block.attention))
    const layers = fused.map((attention, l) => (l === fused.length - 1 ? attention : addIdentity(attention)))
    return { gradient: scaledReadGradient(context), state: rollout(model, layers, trace) }
  },
  sample: (context, { steps }) => weightedState(context, steps),
})
