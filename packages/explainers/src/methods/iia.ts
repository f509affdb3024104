import { explainer } from '../contract/explainer.ts'
import { whole } from '../contract/options.ts'
import {
  interpolation,
  positiveProducts,
  rolloutOf,
  rolloutOfMean,
  scaled,
  withLastAttention,
} from '../sampling/attention-paths.ts'

/**
 * Iterated Integrated Attributions (Barkan et al., ICCV 2023): attention times gradient (positive part, heads averaged) of all blocks,
 * averaged over images between the mean colour and the image and, for each, over the last block's attention scaled from 0 to 1; rolled
 * out. The means are over `steps + 1` points, both ends included, and only the last block's attention is scaled, as in the authors'
 * code.
 */
export default explainer({
  id: 'iia',
  name: 'Iterated Integrated Attributions',
  source: {
    authors: 'Barkan et al.',
    venue: 'ICCV 2023',
    url: 'https://openaccess.thecvf.com/content/ICCV2023/html/Barkan_Visual_Explanations_via_Iterated_Integrated_Attributions_ICCV_2023_paper.html',
  },
  formula: {
    tex: String.raw`\hat A^{(l)} = \operatorname{norm}\Big(I + \int_0^1\!\int_0^1 \operatorname*{mean}_h \left[A^{(l,h)}\odot\frac{\partial y}{\partial A^{(l,h)}}\right]_+\,dt\,du\Big),\qquad A^{(L)} = t\,A^{(L)}(u\,I)`,
    words:
      'Rollout of positive attention times gradient, averaged on the way from the mean colour to the image and, for each image, while the last attention is scaled from 0 to what it is.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: {
    /** Of each of the two integrals; (steps + 1)² points are visited, a forward and a backward pass each. The authors take 5. */
    steps: whole(2, 1, 100),
  },
  programs(context) {
    const trace = context.model.trace(scaled(context, 'image-share', context.image))
    const last = trace.blocks.at(-1)?.attention ?? trace.logits
    const { logits, attentions } = withLastAttention(trace, scaled(context, 'attention-share', last))
    return { maps: positiveProducts(context, logits, attentions), rollout: rolloutOf(context) }
  },
  sample: (context, { steps }) =>
    rolloutOfMean(
      context,
      interpolation(steps).flatMap(image =>
        interpolation(steps).map(attention => ({ 'image-share': [image], 'attention-share': [attention] })),
      ),
    ),
})
