import { fuseHeads, fuseLayers, patchGrid, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'

/** What the class token attends to, averaged over all blocks: the usual baseline of the rollout papers (Abnar & Zuidema, ACL 2020). */
export default explainer({
  id: 'mean-attention',
  name: 'Mean attention',
  source: { authors: 'Abnar & Zuidema', venue: 'ACL 2020', url: 'https://arxiv.org/abs/2005.00928' },
  formula: {
    tex: String.raw`M = \operatorname*{mean}_l\operatorname*{mean}_h A^{(l,h)}_{\mathrm{cls}}`,
    words: 'What the class token attends to, averaged over blocks and heads.',
  },
  family: 'attention',
  classSpecific: false,
  needs: ['global-attention'],
  parity: 'definition',
  options: { headFusion: oneOf('mean', 'max', 'min') },
  explain({ model, trace }, { headFusion }) {
    const rows = trace.blocks.map(block => fuseHeads(headFusion, readRow(model, block.attention, trace)))
    return patchGrid(model, fuseLayers('mean', rows))
  },
})
