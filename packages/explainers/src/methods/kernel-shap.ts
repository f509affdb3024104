import { explainer } from '../contract/explainer.ts'
import { oneOf, whole } from '../contract/options.ts'
import { shuffle } from '../sampling/draws.ts'
import { maskedScore, patchPixels, segments, spread } from '../sampling/masks.ts'
import { leastSquares } from '../sampling/surrogate.ts'

/** The weight of the two samples with all and with no segments: so large that the linear model meets their scores (as in captum). */
const ENDS = 1e6

/**
 * KernelSHAP (Lundberg & Lee, NeurIPS 2017, theorem 2) on squares of patches: the coefficients of a linear model of the class score
 * in which squares are kept. The size of a subset is drawn with the Shapley kernel's weight, and all subsets of a size are equally
 * likely, so that each sample weighs 1 (as in captum); the whole and the empty image are always among the samples, and the
 * coefficients add up to their difference.
 */
export default explainer({
  id: 'kernel-shap',
  name: 'KernelSHAP',
  source: { authors: 'Lundberg & Lee', venue: 'NeurIPS 2017', url: 'https://arxiv.org/abs/1705.07874' },
  formula: {
    tex: String.raw`f(z) \approx \phi_0 + \sum_i \phi_i z_i,\qquad M_i = \phi_i,\qquad \pi(z) = \frac{n - 1}{\binom{n}{|z|}\,|z|\,(n - |z|)}`,
    words:
      'A linear model of the class score in which squares of patches are kept, samples weighted by the Shapley kernel.',
  },
  family: 'perturbation',
  classSpecific: true,
  signed: true,
  randomness: 'seeded',
  parity: 'library',
  options: {
    /** Samples, one forward pass each. */
    passes: whole(64, 4),
    /** Side of a square in patches. */
    segment: whole(2, 1),
    score: oneOf('logit', 'probability'),
  },
  programs(context, { score }) {
    const { rows, columns } = context.model.grid
    return { score: maskedScore(context, patchPixels(context.model, context.each('mask', [rows, columns])), score) }
  },
  async sample({ model, run, draw }, { passes, segment }) {
    const parts = segments(model, segment)
    const kept = draw('samples', uniform => [
      parts.all(1),
      parts.all(0),
      ...Array.from({ length: passes - 2 }, () => {
        const size = shapleySize(uniform, parts.count)
        const chosen = shuffle(uniform, [...parts.all(0).keys()]).slice(0, size)
        return parts.all(0).map((_, i) => (chosen.includes(i) ? 1 : 0))
      }),
    ])
    const scores = await run('score', kept.length, k => ({ mask: spread(parts, kept[k] ?? []) }))
    const ends = (row: ArrayLike<number>) => Array.from(row).every((x, _, all) => x === all[0])
    const weights = kept.map(row => (ends(row) ? ENDS : 1))
    return spread(parts, leastSquares({ kept, scores: scores.map(([score = Number.NaN]) => score), weights }))
  },
})

/** How many of `count` segments are kept: k with a chance proportional to (count - 1) / (k (count - k)). */
function shapleySize(uniform: () => number, count: number): number {
  const chances = Array.from({ length: Math.max(count - 1, 0) }, (_, i) => (count - 1) / ((i + 1) * (count - i - 1)))
  let left = uniform() * chances.reduce((sum, c) => sum + c, 0)
  const index = chances.findIndex(chance => {
    left -= chance
    return left < 0
  })
  return index < 0 ? count - 1 : index + 1
}
