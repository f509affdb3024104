import { broadcast, mean } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { oneOf, whole } from '../contract/options.ts'
import { interpolation, positiveGradients, rolloutOf, rolloutOfMean, scaled } from '../sampling/attention-paths.ts'

/**
 * Integrated gradients of attention, a baseline of Iterated Integrated Attributions (Barkan et al., ICCV 2023): the positive part of the
 * gradients of the class's logit by the attentions, averaged over heads and over images between the mean colour and the image, rolled
 * out over the blocks. The mean is over `steps + 1` points, both ends included, as in the authors' code.
 *
 * `rows: 'mean'` reproduces that code, which averages over the axis of rows instead of heads, so that each row of a matrix becomes the
 * mean of all rows.
 */
export default explainer({
  id: 'ig-attention',
  name: 'Integrated gradients of attention',
  source: {
    authors: 'Barkan et al.',
    venue: 'ICCV 2023',
    url: 'https://openaccess.thecvf.com/content/ICCV2023/html/Barkan_Visual_Explanations_via_Iterated_Integrated_Attributions_ICCV_2023_paper.html',
  },
  formula: {
    tex: String.raw`M = \Big[\hat A^{(L)}\cdots\hat A^{(1)}\Big]_{\mathrm{cls}},\qquad \hat A^{(l)} = \operatorname{norm}\Big(I + \int_0^1 \operatorname*{mean}_h \left[\frac{\partial y(t\,I)}{\partial A^{(l,h)}}\right]_+\,dt\Big)`,
    words: "Rollout of the attention's positive gradient, averaged on the way from the mean colour to the image.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: {
    /** Steps from the mean colour to the image: `steps + 1` points, a forward and a backward pass each. */
    steps: whole(5, 1, 1000),
    rows: oneOf('own', 'mean'),
  },
  programs(context, { rows }) {
    const maps = positiveGradients(context, context.model.trace(scaled(context, 'share', context.image)))
    return { maps: rows === 'own' ? maps : broadcast(mean(maps, [2]), maps.shape), rollout: rolloutOf(context) }
  },
  sample: (context, { steps }) =>
    rolloutOfMean(
      context,
      interpolation(steps).map(share => ({ share: [share] })),
    ),
})
