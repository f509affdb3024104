import { mul, relu, sigmoid } from '@vitrine/tensor'
import { fuseHeads, fuseLayers, patchGrid, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { withGradients } from '../gradients.ts'

/**
 * Attention-Guided CAM (Leem & Seo, AAAI 2024): per block and head, the positive gradient of the class score with respect to
 * the class token's attention (eq. 7), weighted by the sigmoid of its attention scores (eq. 2), summed over heads and blocks.
 *
 * The input of each block's attention counts as constant, as in the authors' code, so the gradient reaches earlier blocks along the
 * skip connections only.
 */
export default explainer({
  id: 'agcam',
  name: 'Attention-Guided CAM',
  source: { authors: 'Leem & Seo', venue: 'AAAI 2024', url: 'https://doi.org/10.1609/aaai.v38i4.28077' },
  formula: {
    tex: String.raw`M = \sum_l\sum_h \left[\frac{\partial y}{\partial A^{(l,h)}_{\mathrm{cls}}}\right]_+ \odot \sigma\big(S^{(l,h)}_{\mathrm{cls}}\big)`,
    words:
      "The positive gradient of the class score with respect to the class token's attention, weighted by the sigmoid of its attention scores, summed over heads and blocks.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['tokens', 'global-attention'],
  parity: 'authors',
  options: { headFusion: oneOf('sum', 'mean', 'max'), layerFusion: oneOf('sum', 'mean', 'max') },
  explain(context, { headFusion, layerFusion }) {
    const { model, trace } = context
    const cut = trace.blocks.map(block => block.attentionInput)
    const maps = withGradients(context, trace.blocks, block => block.attention, { cut }).map(({ gradient, scores }) =>
      fuseHeads(headFusion, mul(relu(readRow(model, gradient, trace)), sigmoid(readRow(model, scores, trace)))),
    )
    return patchGrid(model, fuseLayers(layerFusion, maps))
  },
})
