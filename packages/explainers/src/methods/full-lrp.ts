import { max, neg } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { assembleImage, grainOption, pixelMap } from '../pixels.ts'
import { relevanceAt } from '../relevance.ts'
import { boxRule } from '../rules/alpha-one.ts'

/**
 * Full LRP (Binder et al., ICANN 2016) as Chefer et al. (CVPR 2021) evaluate it on ViT: relevance propagated to the pixels, the first
 * layer by the z-B rule with the image's own smallest and largest value as its box, channels summed. `rules`: as their evaluation
 * propagates it (`separate`) or by the rules of their own method (`rescaled`). Pixels are summed over patches unless `grain` is
 * `pixels`. Ill-conditioned: in float32 even the sign of a map may be wrong.
 */
export default explainer({
  id: 'full-lrp',
  name: 'Full LRP',
  source: { authors: 'Binder et al.', venue: 'ICANN 2016', url: 'https://arxiv.org/abs/1604.00825' },
  formula: {
    tex: String.raw`R_i = \sum_j \frac{z^+_{ij}}{\sum_{i'} z^+_{i'j}}\,R_j`,
    words: 'Relevance propagated through the whole network to the pixels.',
  },
  family: 'relevance',
  classSpecific: true,
  needs: ['patch-embedding'],
  signed: true,
  resolution: 'pixel',
  parity: 'authors',
  conditioning: 'poor',
  options: { rules: oneOf('separate', 'rescaled'), grain: grainOption },
  explain(context, { rules, grain }) {
    const { model, image } = context
    const { pixels, weight, patches } = model.embedPatches(image)
    const [low, high] = [neg(max(neg(pixels), [1, 2])), max(pixels, [1, 2])]
    const relevance = boxRule(relevanceAt(context, patches, rules), pixels, weight, low, high)
    return pixelMap(model, assembleImage(model, relevance), grain)
  },
})
