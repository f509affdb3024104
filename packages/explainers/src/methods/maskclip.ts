import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { cosineMap, DENSE_NEEDS, lastTokens } from '../dense.ts'

/**
 * MaskCLIP (Zhou et al., ECCV 2022, section 3.3): in the last block each patch reads nothing but its own value, which goes through the output projection,
 * the final norm and the projection into the space of texts, and is compared with the text by its cosine.
 *
 * `keep: 'block'` adds the block's input and its perceptron, as the authors' code does for ViT.
 */
export default explainer({
  id: 'maskclip',
  name: 'MaskCLIP',
  source: { authors: 'Zhou et al.', venue: 'ECCV 2022', url: 'https://arxiv.org/abs/2112.01071' },
  formula: {
    tex: String.raw`M_i = \cos\big(P\,\operatorname{norm}(W_o\,v^{(L)}_i),\ t\big)`,
    words:
      "The last block's value of each patch, projected as the model projects its class token, compared with the text t by the cosine.",
  },
  family: 'cam',
  classSpecific: true,
  needs: DENSE_NEEDS,
  parity: 'definition',
  options: { keep: oneOf('attention', 'block') },
  explain: (context, { keep }) => cosineMap(context, lastTokens(context, keep)),
})
