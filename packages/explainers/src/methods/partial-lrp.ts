import { mul, relu } from '@vitrine/tensor'
import { blockAt, fuseHeads, layerOption, patchGrid, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { classGradient } from '../gradients.ts'
import { relevanceAt } from '../relevance.ts'

/**
 * Partial LRP (Voita et al., ACL 2019, section 4) as Chefer et al. (CVPR 2021) evaluate it on ViT: the relevance of one block's
 * attention, the positive part, averaged over heads, the class token's row. `rules`: as their evaluation propagates it (`separate`) or by
 * the rules of their own method (`rescaled`). `gradient`: times the gradient, their ablation.
 */
export default explainer({
  id: 'partial-lrp',
  name: 'Partial LRP',
  source: { authors: 'Voita et al.', venue: 'ACL 2019', url: 'https://arxiv.org/abs/1905.09418' },
  formula: {
    tex: String.raw`M = \operatorname*{mean}_h \left[R^{(l,h)}_{\mathrm{cls}}\right]_+`,
    words: "The positive relevance of one block's attention, the class token's row.",
  },
  family: 'relevance',
  classSpecific: true,
  needs: ['global-attention'],
  parity: 'authors',
  conditioning: 'poor',
  options: { rules: oneOf('separate', 'rescaled'), gradient: oneOf(false, true), layer: layerOption() },
  explain(context, { rules, gradient, layer }) {
    const { model, trace } = context
    const { attention } = blockAt(trace, layer)
    const relevance = relevanceAt(context, attention, rules)
    const weighted = gradient ? mul(classGradient(context, attention), relevance) : relevance
    return patchGrid(model, fuseHeads('mean', readRow(model, relu(weighted), trace)))
  },
})
