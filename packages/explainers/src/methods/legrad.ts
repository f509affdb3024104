import { broadcast, mean, relu, type Tensor } from '@vitrine/tensor'
import { blocksFrom, fuseHeads, fuseLayers, patchGrid, startOption } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { classGradient } from '../gradients.ts'

/**
 * LeGrad (Bousselham et al., ICCV 2025): the tokens after each block are pooled and classified by the model's own final norm and head
 * (eq. 3, 4); the positive gradient of that layer's class score with respect to the layer's attention, averaged over heads and over all
 * reading tokens (eq. 5, 6), averaged over layers (eq. 7, 8).
 *
 * `pool`: the mean of all tokens, as the authors' code for CLIP pools, or what the model's head reads.
 */
export default explainer({
  id: 'legrad',
  name: 'LeGrad',
  source: { authors: 'Bousselham et al.', venue: 'ICCV 2025', url: 'https://arxiv.org/abs/2404.03214' },
  formula: {
    tex: String.raw`M = \operatorname*{mean}_{l,\,h,\,i} \left[\frac{\partial y^{(l)}}{\partial A^{(l,h)}_i}\right]_+`,
    words:
      "Each block's tokens are classified by the model's own head; the positive gradient of that score with respect to the block's attention.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['tokens', 'global-attention', 'token-head'],
  parity: 'definition',
  options: { pool: oneOf('mean', 'head'), startLayer: startOption() },
  explain({ model, trace, target }, { pool, startLayer }) {
    // With the mean in place of every token, a head of any kind reads the mean.
    const pooled = (tokens: Tensor): Tensor => (pool === 'mean' ? broadcast(mean(tokens, [1]), tokens.shape) : tokens)
    const maps = blocksFrom(trace, startLayer).map(({ attention, output }) => {
      const gradient = classGradient({ trace: { logits: model.head(pooled(output)) }, target }, attention)
      return fuseHeads('mean', mean(relu(gradient), [-2]))
    })
    return patchGrid(model, fuseLayers('mean', maps))
  },
})
