import { broadcast, grad, mul, relu, sliceAxis } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { whole } from '../contract/options.ts'
import { pick } from '../gradients.ts'
import { lastBlock } from '../sampling/activations.ts'
import {
  interpolation,
  positiveProducts,
  rolloutOf,
  rolloutOfMean,
  withLastAttention,
} from '../sampling/attention-paths.ts'

/**
 * Integrated attention, a baseline of Iterated Integrated Attributions (Barkan et al., ICCV 2023): the last block's attention is
 * replaced by the positive part of attention times gradient, scaled from 0 to 1; attention times gradient of all blocks (positive
 * part, heads averaged) is averaged along that path and rolled out. The mean is over `steps + 1` points, both ends included, as in
 * the authors' code.
 */
export default explainer({
  id: 'ia-attention',
  name: 'Integrated attention',
  source: {
    authors: 'Barkan et al.',
    venue: 'ICCV 2023',
    url: 'https://openaccess.thecvf.com/content/ICCV2023/html/Barkan_Visual_Explanations_via_Iterated_Integrated_Attributions_ICCV_2023_paper.html',
  },
  formula: {
    tex: String.raw`\hat A^{(l)} = \operatorname{norm}\Big(I + \int_0^1 \operatorname*{mean}_h \left[A^{(l,h)}\odot\frac{\partial y}{\partial A^{(l,h)}}\right]_+\,dt\Big),\qquad A^{(L)} = t\,\left[A\odot\nabla_{\!A}\,y\right]_+`,
    words:
      'Rollout of positive attention times gradient, averaged while the last attention is scaled from 0 to its positive product with its gradient.',
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['chain', 'global-attention'],
  parity: 'authors',
  options: {
    /** Steps from 0 to 1: `steps + 1` points, a forward and a backward pass each. */
    steps: whole(5, 1, 1000),
  },
  programs(context) {
    const { model, batch, image, target, each } = context
    const { attention } = lastBlock(context)
    const [gradient = attention] = grad(pick(model.trace(image).logits, sliceAxis(target, 0, 0, 1)), [attention])
    const trace = model.trace(broadcast(image, model.imageShape(batch)))
    const { logits, attentions } = withLastAttention(trace, each('attention', attention.shape.slice(1)))
    return {
      product: relu(mul(attention, gradient)),
      maps: positiveProducts(context, logits, attentions),
      rollout: rolloutOf(context),
    }
  },
  async sample(context, { steps }) {
    const [product = new Float64Array(0)] = await context.run('product', 1)
    return rolloutOfMean(
      context,
      interpolation(steps).map(share => ({ attention: product.map(x => share * x) })),
    )
  },
})
