import { grad, mul, substitute, sum } from '@vitrine/tensor'
import { blockAt, layerOption, patchGrid, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { whole } from '../contract/options.ts'
import { pick } from '../gradients.ts'
import { weightedSum } from '../sampling/activations.ts'
import { scaled } from '../sampling/attention-paths.ts'

/**
 * Self-attention attribution (ATTATTR, Hao et al., AAAI 2021): a block's attention times the mean gradient of the class's logit
 * while that attention is scaled from 0 to 1, summed over heads; what the class token reads. The integral is the paper's Riemann sum over
 * `steps` points, without 0.
 *
 * Only the blocks from `layer` on are run at a step, so the last one costs little.
 */
export default explainer({
  id: 'attattr',
  name: 'Self-attention attribution',
  source: { authors: 'Hao et al.', venue: 'AAAI 2021', url: 'https://arxiv.org/abs/2004.11207' },
  formula: {
    tex: String.raw`M = \sum_h A^{(l,h)}_{\mathrm{cls}} \odot \int_0^1 \frac{\partial y(t\,A^{(l)})}{\partial (t\,A^{(l,h)})_{\mathrm{cls}}}\,dt`,
    words:
      "One block's attention times the mean gradient of the class score while that attention grows from 0 to what it is; what the class token reads.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['tokens', 'chain', 'global-attention'],
  signed: true,
  parity: 'definition',
  options: {
    steps: whole(20, 1, 1000),
    /** The block whose attention is scaled; negative numbers count from the last. */
    layer: layerOption(),
  },
  programs(context, { layer }) {
    const { model, batch, target, image, each } = context
    const { input } = blockAt(model.trace(image), layer)
    const given = each('tokens', input.shape.slice(1))
    const trace = model.trace(each('image', model.imageShape(batch).slice(1)))
    const block = blockAt(trace, layer)
    const [logits = given, attention = given, pooled] = substitute(
      [trace.logits, block.attention, ...(trace.pooled ? [trace.pooled] : [])],
      new Map([[block.input, given]]),
    )
    const part = scaled(context, 'share', attention)
    const [answer = logits] = substitute([logits], new Map([[attention, part]]))
    const [gradient = part] = grad(pick(answer, target), [part])
    return { tokens: input, map: patchGrid(model, sum(readRow(model, mul(attention, gradient), { pooled }), [1])) }
  },
  async sample({ run }, { steps }) {
    const [tokens = new Float64Array(0)] = await run('tokens', 1)
    const maps = await run('map', steps, k => ({ tokens, share: [(k + 1) / steps] }))
    return weightedSum(
      maps,
      maps.map(() => 1 / steps),
    )
  },
})
