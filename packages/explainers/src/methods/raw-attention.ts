import { blockAt, fuseHeads, layerOption, patchGrid, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'

/**
 * What the class token attends to in one block (`layer`, the last one unless told otherwise): its row of the attention after
 * softmax, heads fused. Shown by Caron et al. (ICCV 2021, section 4.1) and by most papers since as the simplest explanation.
 */
export default explainer({
  id: 'raw-attention',
  name: 'Raw attention',
  source: { authors: 'Caron et al.', venue: 'ICCV 2021', url: 'https://arxiv.org/abs/2104.14294' },
  formula: {
    tex: String.raw`M = \operatorname*{mean}_h A^{(L,h)}_{\mathrm{cls}}`,
    words: 'What the class token attends to in one block.',
  },
  family: 'attention',
  classSpecific: false,
  needs: ['global-attention'],
  parity: 'definition',
  options: { layer: layerOption(), headFusion: oneOf('mean', 'max', 'min') },
  explain({ model, trace }, { layer, headFusion }) {
    return patchGrid(model, fuseHeads(headFusion, readRow(model, blockAt(trace, layer).attention, trace)))
  },
})
