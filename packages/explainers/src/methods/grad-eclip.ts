import { div, max, mul, neg, relu, sqrt, sub, sum, type Tensor } from '@vitrine/tensor'
import { blockAt, joinHeads, layerOption, onGrid, patchTokens, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { classGradient } from '../gradients.ts'

/**
 * Grad-ECLIP (Zhao et al., ICML 2024) for classifiers, as the authors adapt it to ViT. In one block, the channels of each patch's value
 * are weighted by the gradient of the class score with respect to the class token's context; the patches are weighted by the cosine of
 * the class token's query and the patch's key, over all heads, rescaled to [0, 1]; the positive part.
 *
 * `similarity: 'none'` leaves the patch weights out.
 */
export default explainer({
  id: 'grad-eclip',
  name: 'Grad-ECLIP',
  source: { authors: 'Zhao et al.', venue: 'ICML 2024', url: 'https://arxiv.org/abs/2502.18816' },
  formula: {
    tex: String.raw`M_i = \left[\sum_k \frac{\partial y}{\partial c_k}\,\lambda_i\, v_{ik}\right]_+,\qquad \lambda_i = \operatorname{rescale}\,\cos(q_{\mathrm{cls}}, k_i)`,
    words:
      "Channels of each patch's value weighted by the gradient of the context, patches by how the class token's query fits their key.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['global-attention'],
  parity: 'definition',
  options: { similarity: oneOf('query-key', 'none'), layer: layerOption() },
  explain(context, { similarity, layer }) {
    const { model, trace } = context
    const block = blockAt(trace, layer)
    const channels = readRow(model, classGradient(context, block.context), trace)
    const patches = (x: Tensor): Tensor => patchTokens(model, joinHeads(x))
    const map = sum(mul(channels, patches(block.value)), [-1])
    if (similarity === 'none') return relu(onGrid(model, map))
    const cosine = cosineOf(readRow(model, joinHeads(block.query), trace), patches(block.key))
    return relu(onGrid(model, mul(map, rescaled(cosine))))
  },
})

const cosineOf = (a: Tensor, b: Tensor): Tensor =>
  div(sum(mul(a, b), [-1]), mul(sqrt(sum(mul(a, a), [-1])), sqrt(sum(mul(b, b), [-1]))))

// Rescales to [0, 1] over the patches.
function rescaled(x: Tensor): Tensor {
  const smallest = neg(max(neg(x), [1]))
  return div(sub(x, smallest), sub(max(x, [1]), smallest))
}
