import { explainer } from '../contract/explainer.ts'
import { numeric, oneOf, whole } from '../contract/options.ts'
import { maskedScore, patchPixels, patchSums, segments, spread } from '../sampling/masks.ts'
import { penalised } from '../sampling/surrogate.ts'

/**
 * LIME (Ribeiro, Singh & Guestrin, KDD 2016, eq. 1) on squares of patches: the coefficients of a sparse linear model of the class score in
 * which squares are kept. Samples keep each square with probability 1/2 and weigh exp(-d² / (2 width²)), d = 1 - the cosine
 * between the image and what is left of it (captum's defaults, with its lasso).
 */
export default explainer({
  id: 'lime',
  name: 'LIME',
  source: { authors: 'Ribeiro et al.', venue: 'KDD 2016', url: 'https://arxiv.org/abs/1602.04938' },
  formula: {
    tex: String.raw`f(z) \approx \phi_0 + \sum_i \phi_i z_i,\qquad M_i = \phi_i,\qquad \pi(z) = e^{-d(z)^2/2w^2}`,
    words: 'A sparse linear model of the class score in which squares of patches are kept, near samples weighted more.',
  },
  family: 'perturbation',
  classSpecific: true,
  signed: true,
  randomness: 'seeded',
  parity: 'library',
  options: {
    /** Samples, one forward pass each. */
    passes: whole(64, 2),
    /** Side of a square in patches. */
    segment: whole(2, 1),
    penalty: oneOf('lasso', 'ridge'),
    alpha: numeric(0.01, 0),
    /** Of the kernel, in units of the cosine distance. */
    width: numeric(1, 1e-3),
    score: oneOf('logit', 'probability'),
  },
  programs(context, { score }) {
    const { rows, columns } = context.model.grid
    return { score: maskedScore(context, patchPixels(context.model, context.each('mask', [rows, columns])), score) }
  },
  async sample({ model, image, run, draw }, { passes, segment, penalty, alpha, width }) {
    const parts = segments(model, segment)
    const kept = draw('samples', uniform =>
      Array.from({ length: passes }, () => parts.all(0).map(() => (uniform() < 0.5 ? 1 : 0))),
    )
    const scores = await run('score', kept.length, k => ({ mask: spread(parts, kept[k] ?? []) }))
    // Masked pixels are 0, so the product of the masked and the whole image is the sum of squares of the pixels that are left.
    const energy = parts.all(0)
    patchSums(
      model,
      image.map(x => x * x),
    ).forEach((e, patch) => {
      const part = parts.of[patch] ?? 0
      energy[part] = (energy[part] ?? 0) + e
    })
    const whole = energy.reduce((sum, e) => sum + e, 0)
    const weights = kept.map(row => {
      const left = energy.reduce((sum, e, i) => sum + e * (row[i] ?? 0), 0)
      const distance = 1 - Math.sqrt(left / whole)
      return Math.exp(-(distance ** 2) / (2 * width ** 2))
    })
    return spread(
      parts,
      penalised({ kept, scores: scores.map(([score = Number.NaN]) => score), weights }, penalty, alpha),
    )
  },
})
