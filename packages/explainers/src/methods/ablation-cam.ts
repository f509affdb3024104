import { add, dim, max, mul, neg, reshape, sub, substitute } from '@vitrine/tensor'
import { rectifyOption } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { pick } from '../gradients.ts'
import { channelMaps, lastActivations, patchCount, separate, weightedSum } from '../sampling/activations.ts'

/**
 * Ablation-CAM (Desai & Ramaswamy, WACV 2020) on tokens: channels of the activations after the last block's first norm, weighted by the
 * share of the class's logit that is lost when the channel is ablated in all tokens; the positive part of the sum is kept (`rectify`).
 *
 * `ablation: 'zero'` sets the channel to 0, as the paper does. `'far'` sets it 1e7 below the smallest activation, as pytorch-grad-cam does
 * for ViTs: that value outweighs all others in the next norm, so the logits hardly depend on the image.
 *
 * Only the last block and the head are run for a channel, so a pass costs about 1 / depth of a forward pass.
 */
export default explainer({
  id: 'ablation-cam',
  name: 'Ablation-CAM',
  source: {
    authors: 'Desai & Ramaswamy',
    venue: 'WACV 2020',
    url: 'https://doi.org/10.1109/WACV45572.2020.9093360',
  },
  formula: {
    tex: String.raw`M = \left[\sum_k \alpha_k\, x_k\right]_+,\qquad \alpha_k = \frac{y - y_{\setminus k}}{y}`,
    words: 'Channels weighted by the share of the class score that is lost when the channel is ablated in all tokens.',
  },
  family: 'perturbation',
  classSpecific: true,
  needs: ['activations'],
  parity: 'library',
  options: { ablation: oneOf('zero', 'far'), rectify: rectifyOption },
  programs(context, { ablation }) {
    const { model, batch, target, each } = context
    // The activations of the whole image once, and the rest of the model from there, or from the input of the block that they are of.
    const whole = lastActivations(context)
    const image = each('image', model.imageShape(batch).slice(1))
    const last = lastActivations({ model, image })
    const given = each('tokens', whole.start.shape.slice(1))
    const [activations = given] = substitute([last.activations], new Map([[last.start, given]]))
    const width = dim(whole.activations.shape, 2)
    const chosen = reshape(each('channel', [width]), [batch, 1, width])
    const lowest = neg(max(neg(activations), [1, 2]))
    const value = ablation === 'zero' ? mul(lowest, 0) : sub(lowest, 1e7)
    const ablated = add(mul(activations, sub(1, chosen)), mul(value, chosen))
    const [logits = given] = substitute(
      [model.trace(image).logits],
      new Map([
        [last.start, given],
        [last.activations, ablated],
      ]),
    )
    return { tokens: whole.start, activations: channelMaps(model, whole.activations), score: pick(logits, target) }
  },
  async sample({ model, run }, { rectify }) {
    const [tokens = new Float64Array(0)] = await run('tokens', 1)
    const [activations] = await run('activations', 1)
    const channels = separate(activations, patchCount(model))
    const width = channels.length
    const scores = await run('score', width + 1, row => ({
      tokens,
      channel: Float64Array.from({ length: width }, (_, channel) => (channel === row ? 1 : 0)),
    }))
    const whole = scores[width]?.[0] ?? Number.NaN
    const map = weightedSum(
      channels,
      scores.slice(0, width).map(([score = Number.NaN]) => (whole - score) / whole),
    )
    return rectify ? map.map(x => Math.max(x, 0)) : map
  },
})
