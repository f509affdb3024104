import { explainer } from '../contract/explainer.ts'
import { numeric, whole } from '../contract/options.ts'
import { maskedScore, patchPixels, segments, spread } from '../sampling/masks.ts'

/**
 * An ordering as in Metric-Driven Attributions (Walker, Jha & Ewetz, ICLR 2025), on squares of patches: squares are put back
 * into an empty image one by one, each time the one of the `candidates` best that are left that raises the probability of the class most,
 * until the share `cutoff` of what the whole image gains is reached; the rest follow by their own effect. A square's value falls along
 * that order with the gain of its step, made monotone by least squares.
 *
 * Three things are simpler than in the paper: candidates are ranked by what the probability loses without a square instead of by another
 * method's map, the squares after the cutoff are not ordered by a second search, and gains are pooled instead of solving for a
 * concave curve of insertion and deletion together.
 */
export default explainer({
  id: 'metric-driven',
  name: 'Metric-driven ordering',
  source: { authors: 'Walker et al.', venue: 'ICLR 2025', url: 'https://openreview.net/forum?id=rGP2jbWt0l' },
  formula: {
    tex: String.raw`s_k = \operatorname*{arg\,max}_s\; p\big(\{s_1,\dots,s_{k-1},s\}\big),\qquad M_{s_k} \propto p\big(\{s_1,\dots,s_k\}\big) - p\big(\{s_1,\dots,s_{k-1}\}\big)`,
    words:
      'Squares of patches put back into an empty image one by one, each time the one that raises the probability of the class most; a square is worth the gain of its step, made to fall along the order.',
  },
  family: 'perturbation',
  classSpecific: true,
  options: {
    /** Side of a square in patches. */
    segment: whole(2, 1),
    /** How many squares are tried at each step. */
    candidates: whole(3, 1),
    cutoff: numeric(0.9, 0, 1),
    /** Forward passes at most; the search ends there. */
    passes: whole(80, 3),
  },
  programs(context) {
    const { rows, columns } = context.model.grid
    const mask = patchPixels(context.model, context.each('mask', [rows, columns]))
    return { score: maskedScore(context, mask, 'probability') }
  },
  async sample({ model, run }, { segment, candidates, cutoff, passes }) {
    const parts = segments(model, segment)
    const squares = [...parts.all(0).keys()]
    const probabilities = async (masks: readonly number[][]) =>
      (await run('score', masks.length, k => ({ mask: spread(parts, masks[k] ?? []) }))).map(([p = Number.NaN]) => p)
    const without = await probabilities([parts.all(1), parts.all(0), ...squares.map(s => parts.all(1).with(s, 0))])
    const [whole = Number.NaN, empty = Number.NaN, ...left] = without
    // The lower the probability without a square, the more the square matters.
    const ranked = squares.toSorted((a, b) => (left[a] ?? 0) - (left[b] ?? 0) || a - b)

    let spent = without.length
    let shown = parts.all(0)
    const order: { square: number; gain: number }[] = []
    let last = empty
    while (ranked.length > 0 && last - empty < cutoff * (whole - empty)) {
      const tried = ranked.slice(0, candidates)
      if (spent + tried.length > passes) break
      const found = await probabilities(tried.map(square => shown.with(square, 1)))
      spent += tried.length
      const best = found.indexOf(Math.max(...found))
      const [square = 0] = ranked.splice(best, 1)
      order.push({ square, gain: (found[best] ?? last) - last })
      last = found[best] ?? last
      shown = shown.with(square, 1)
    }
    // The squares that the search did not reach follow in their rank, with equal shares of the gain that is left.
    const rest = Math.max(whole - last, 0) / Math.max(ranked.length, 1)
    for (const square of ranked) order.push({ square, gain: rest })
    const gains = decreasing(order.map(step => Math.max(step.gain, 0)))
    const values = parts.all(0)
    const least = 1e-6 / order.length
    order.forEach(({ square }, i) => {
      const place = (order.length - i) / order.length
      values[square] = (gains[i] ?? 0) * (1 + place) + least * place
    })
    return spread(parts, values)
  },
})

/** The values closest in least squares that never increase (pool adjacent violators). */
function decreasing(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = []
  for (const value of values) {
    pools.push({ sum: value, count: 1 })
    for (;;) {
      const [before, current] = pools.slice(-2)
      if (!before || !current || before.sum / before.count >= current.sum / current.count) break
      pools.splice(-2, 2, { sum: before.sum + current.sum, count: before.count + current.count })
    }
  }
  return pools.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count))
}
