import { abs, div, matmul, mean, mul, sliceAxis, sum } from '@vitrine/tensor'
import { addIdentity, blocksFrom, fuseHeads, rollout, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { withGradients } from '../gradients.ts'
import { scaledReadGradient, stepsOption, weightedState } from '../sampling/last-attention.ts'

/**
 * Beyond Intuition, head-wise (BT-H; Chen et al., ICML 2023): rollout of attention, each head weighted by the mean size of attention
 * (transposed) times gradient, its share among the heads of the block; then weighted by the integrated gradient of the last block's
 * attention along the path from the mean colour to the image. The authors' script starts at block 3 of 12.
 */
export default explainer({
  id: 'beyond-intuition-heads',
  name: 'Beyond Intuition, heads (BT-H)',
  source: { authors: 'Chen et al.', venue: 'ICML 2023', url: 'https://proceedings.mlr.press/v202/chen23ap.html' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = I + \sum_h w^{(l,h)}A^{(l,h)}`,
    words:
      'Rollout with heads weighted by their attention times gradient, then weighted by the integrated gradient of the last attention.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: { startLayer: startOption(), steps: stepsOption },
  programs(context, { startLayer }) {
    const { model, image } = context
    const trace = model.trace(image)
    const target = sliceAxis(context.target, 0, 0, 1)
    const layers = withGradients({ trace, target }, blocksFrom(trace, startLayer), block => block.attention).map(
      ({ attention, gradient }) => {
        const importance = mean(abs(matmul(attention, gradient, true)), [-1, -2])
        return addIdentity(fuseHeads('sum', mul(div(importance, sum(importance, [1])), attention)))
      },
    )
    return { gradient: scaledReadGradient(context), state: rollout(model, layers, trace) }
  },
  sample: (context, { steps }) => weightedState(context, steps),
})
