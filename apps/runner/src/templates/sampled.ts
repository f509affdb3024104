import { explainer, maskedScore, numeric, patchPixels, whole } from '@vitrine/explainers'

/**
 * Say here where the method is from, what it computes and by which equations. This one: the image is seen through random sets of patches,
 * and a patch is worth the mean probability of the class over the sets that hold it.
 */
export default explainer({
  id: 'my-method',
  name: 'My method',
  source: { authors: '', venue: '', url: '' },
  formula: {
    tex: String.raw`M_i = \frac{\sum_k m_{k,i}\, p(m_k \odot I)}{\sum_k m_{k,i}}`,
    words: 'The mean probability of the class over the random sets of patches that hold the patch.',
  },
  family: 'perturbation',
  classSpecific: true,
  randomness: 'seeded',
  options: {
    /** Sets of patches, one forward pass each. */
    passes: whole(64, 1),
    /** The chance of a patch to be in a set. */
    keep: numeric(0.5, 0.01, 0.99),
  },
  programs(context) {
    const { rows, columns } = context.model.grid
    const mask = patchPixels(context.model, context.each('mask', [rows, columns]))
    return { score: maskedScore(context, mask, 'probability') }
  },
  async sample({ model: { grid }, run, draw }, { passes, keep }) {
    const patches = grid.rows * grid.columns
    const sets = draw('sets', uniform =>
      Array.from({ length: passes }, () => Array.from({ length: patches }, () => (uniform() < keep ? 1 : 0))),
    )
    const scores = await run('score', passes, k => ({ mask: sets[k] ?? [] }))
    return Float64Array.from({ length: patches }, (_, patch) => {
      const held = scores.flatMap(([score = 0], k) => (sets[k]?.[patch] === 1 ? [score] : []))
      return held.reduce((sum, score) => sum + score, 0) / Math.max(held.length, 1)
    })
  },
})
