import { div, mul, reshape, sqrt, sum, type Tensor } from '@vitrine/tensor'
import { addIdentity, blocksFrom, fuseHeads, rollout, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { scaledReadGradient, stepsOption, weightedState } from '../sampling/last-attention.ts'

/**
 * Beyond Intuition, token-wise (BT-T; Chen et al., ICML 2023): rollout of attention, heads averaged, each token weighted by the length of
 * what one unit of attention to it adds over the length of the token itself; then weighted by the integrated gradient of the last block's
 * attention along the path from the mean colour to the image. The authors' script starts at block 5 of 12.
 */
export default explainer({
  id: 'beyond-intuition-tokens',
  name: 'Beyond Intuition, tokens (BT-T)',
  source: { authors: 'Chen et al.', venue: 'ICML 2023', url: 'https://proceedings.mlr.press/v202/chen23ap.html' },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = I + \operatorname*{mean}_h A^{(l,h)}\,\operatorname{diag}\frac{\lVert x^{(l)}W\rVert}{\lVert x^{(l)}\rVert}`,
    words:
      'Rollout with tokens weighted by what attention to them adds, then weighted by the integrated gradient of the last attention.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['tokens', 'chain', 'global-attention'],
  parity: 'authors',
  options: { startLayer: startOption(), steps: stepsOption },
  programs(context, { startLayer }) {
    const { model, image } = context
    const trace = model.trace(image)
    const layers = blocksFrom(trace, startLayer).map(({ attention, projectedValue, input }) =>
      addIdentity(mul(fuseHeads('mean', attention), perColumn(div(lengths(projectedValue), lengths(input))))),
    )
    return { gradient: scaledReadGradient(context), state: rollout(model, layers, trace) }
  },
  sample: (context, { steps }) => weightedState(context, steps),
})

const lengths = (tokens: Tensor): Tensor => sqrt(sum(mul(tokens, tokens), [-1]))

// [batch, tokens, 1] -> [batch, 1, tokens]
const perColumn = (x: Tensor): Tensor => reshape(x, [-1, 1, x.shape[1] ?? 1])
