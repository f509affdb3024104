import { addIdentity, blocksFrom, fuseHeads, normaliseRows, patchGrid, rollout, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'

/**
 * Attention Rollout of each head by itself, averaged over heads at the end, as the code of Transition Attention Maps (Yuan et
 * al., 2021) computes its baseline: head h of one block reads what head h of the block before has gathered.
 */
export default explainer({
  id: 'rollout-per-head',
  name: 'Attention Rollout per head',
  source: {
    authors: 'Yuan et al.',
    venue: 'XAI4Debugging at NeurIPS 2021',
    url: 'https://github.com/XianrenYty/Transition_Attention_Maps',
  },
  formula: {
    tex: String.raw`M = \operatorname*{mean}_h \Big[\hat A^{(L,h)}\cdots\hat A^{(1,h)}\Big]_{\mathrm{cls}}`,
    words: 'Attention Rollout of each head by itself, averaged at the end.',
  },
  family: 'attention',
  classSpecific: false,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: { startLayer: startOption() },
  explain({ model, trace }, { startLayer }) {
    const layers = blocksFrom(trace, startLayer).map(block => normaliseRows(addIdentity(block.attention)))
    return patchGrid(model, fuseHeads('mean', rollout(model, layers, trace)))
  },
})
