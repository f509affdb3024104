import { explainer } from '../contract/explainer.ts'
import { oneOf, whole } from '../contract/options.ts'
import { maskedScore, patchPixels, segments, spread } from '../sampling/masks.ts'

/**
 * Feature ablation: what the class score loses when a square of patches is set to the mean colour, one square at a time
 * (`FeatureAblation` of captum). One forward pass for each square and one for the image itself.
 */
export default explainer({
  id: 'feature-ablation',
  name: 'Feature ablation',
  source: { authors: 'Kokhlikyan et al.', venue: 'Captum 2020', url: 'https://arxiv.org/abs/2009.07896' },
  formula: {
    tex: String.raw`M_i = y(I) - y(I_{\setminus i})`,
    words: 'What the class score loses when one square of patches is set to the mean colour.',
  },
  family: 'perturbation',
  classSpecific: true,
  signed: true,
  parity: 'library',
  options: {
    /** Side of a square in patches. */
    segment: whole(2, 1),
    score: oneOf('logit', 'probability'),
  },
  programs(context, { score }) {
    const { rows, columns } = context.model.grid
    return { score: maskedScore(context, patchPixels(context.model, context.each('mask', [rows, columns])), score) }
  },
  async sample({ model, run }, { segment }) {
    const parts = segments(model, segment)
    const scores = await run('score', parts.count + 1, row => ({ mask: parts.of.map(s => (s === row ? 0 : 1)) }))
    const whole = scores[parts.count]?.[0] ?? Number.NaN
    return spread(
      parts,
      scores.map(([score = Number.NaN]) => whole - score),
    )
  },
})
