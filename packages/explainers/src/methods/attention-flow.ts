import { concat, reshape } from '@vitrine/tensor'
import { fuseHeads } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { UnsupportedError } from '../errors.ts'
import { patchCount, separate } from '../sampling/activations.ts'
import { maxFlows } from '../sampling/max-flow.ts'

/**
 * Attention flow (Abnar & Zuidema, ACL 2020, section 3): attention is a network of pipes from block to block, whose capacities are
 * (A + I) / 2; a patch's value is the largest flow from the class token of the last block to the patch at the input.
 *
 * With many tokens the flow is mostly limited at its end, by the attention that the first block pays to the patch: the paper calls the
 * maps less sharp than rollout's. One forward pass; the flows are computed on the host, one patch after the other.
 */
export default explainer({
  id: 'attention-flow',
  name: 'Attention flow',
  source: { authors: 'Abnar & Zuidema', venue: 'ACL 2020', url: 'https://arxiv.org/abs/2005.00928' },
  formula: {
    tex: String.raw`M_i = \operatorname{maxflow}\big(\mathrm{cls}^{(L)} \to i^{(0)}\big),\qquad \text{capacities } \tfrac12\Big(\operatorname*{mean}_h A^{(l,h)} + I\Big)`,
    words:
      'Attention as a network of pipes from block to block: the largest flow that the class token of the last block can draw from a patch.',
  },
  family: 'attention',
  classSpecific: false,
  needs: ['chain', 'global-attention'],
  parity: 'definition',
  programs({ model, image }) {
    if (model.prefixTokens[0] !== 'class')
      throw new UnsupportedError('attention-flow: expected a model with a class token, where the flow starts')
    const layers = model.trace(image).blocks.map(({ attention }) => {
      const fused = fuseHeads('mean', attention)
      return reshape(fused, [1, 1, ...fused.shape.slice(1)])
    })
    return { attention: concat(layers, 1) }
  },
  async sample({ model, run }) {
    const patches = patchCount(model)
    const tokens = model.prefix + patches
    const [attention] = await run('attention', 1)
    const pipes = separate(attention, tokens * tokens)
      .map(matrix => Float64Array.from(matrix, (a, i) => (a + (i % (tokens + 1) === 0 ? 1 : 0)) / 2))
      .reverse()
    const sinks = Array.from({ length: patches }, (_, patch) => model.prefix + patch)
    return maxFlows(pipes, tokens, 0, sinks)
  },
})
