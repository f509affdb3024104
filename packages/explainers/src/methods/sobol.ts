import { explainer } from '../contract/explainer.ts'
import { oneOf, whole } from '../contract/options.ts'
import { shuffle } from '../sampling/draws.ts'
import { maskedScore, patchPixels, segments, spread } from '../sampling/masks.ts'

/**
 * Sobol attribution (Fel et al., NeurIPS 2021) on squares of patches: each square's total index, the share of the class score's
 * variance in which it takes part when all squares are dimmed by random amounts. Jansen's estimator from `designs` pairs of random
 * masks A and B and, for each square, A with that square's amount from B; the masks of a design are Latin hypercube samples.
 */
export default explainer({
  id: 'sobol',
  name: 'Sobol attribution',
  source: { authors: 'Fel et al.', venue: 'NeurIPS 2021', url: 'https://arxiv.org/abs/2111.04138' },
  formula: {
    tex: String.raw`M_i = \frac{\mathbb E_{m_{\sim i}}\big[\operatorname{Var}_{m_i}\, y(I\odot m)\big]}{\operatorname{Var}_m\, y(I\odot m)}`,
    words:
      "A square's total index: the share of the class score's variance in which it takes part when all squares are dimmed by random amounts.",
  },
  family: 'perturbation',
  classSpecific: true,
  randomness: 'seeded',
  parity: 'definition',
  options: {
    /** Pairs of masks. Each costs a forward pass for every square and one more; the paper takes 32. */
    designs: whole(3, 2),
    /** Side of a square in patches. */
    segment: whole(4, 1),
    score: oneOf('logit', 'probability'),
  },
  programs(context, { score }) {
    const { rows, columns } = context.model.grid
    return { score: maskedScore(context, patchPixels(context.model, context.each('mask', [rows, columns])), score) }
  },
  async sample({ model, run, draw }, { designs, segment }) {
    const parts = segments(model, segment)
    const a = draw('a', uniform => latinHypercube(uniform, designs, parts.count))
    const b = draw('b', uniform => latinHypercube(uniform, designs, parts.count))
    const each = parts.count + 1
    const scores = await run('score', designs * each, row => {
      const [design, square] = [Math.floor(row / each), row % each]
      const amounts = a[design]?.map((amount, i) => (i === square ? (b[design]?.[i] ?? 0) : amount)) ?? []
      return { mask: spread(parts, amounts) }
    })
    const scoreAt = (design: number, square: number) => scores[design * each + square]?.[0] ?? Number.NaN
    const plain = a.map((_, design) => scoreAt(design, parts.count))
    const mean = plain.reduce((sum, f) => sum + f, 0) / designs
    const variance = plain.reduce((sum, f) => sum + (f - mean) ** 2, 0) / (designs - 1)
    const indices = parts.all(0).map((_, square) => {
      const half = plain.reduce((sum, f, design) => sum + (f - scoreAt(design, square)) ** 2, 0) / (2 * designs)
      return half / variance
    })
    return spread(parts, indices)
  },
})

/** `count` points in the unit cube of so many dimensions: along each dimension, one in each of `count` equal intervals. */
function latinHypercube(uniform: () => number, count: number, dimensions: number): number[][] {
  const columns = Array.from({ length: dimensions }, () =>
    shuffle(uniform, [...Array(count).keys()]).map(interval => (interval + uniform()) / count),
  )
  return Array.from({ length: count }, (_, i) => columns.map(column => column[i] ?? 0))
}
