import { metric } from '../metric.ts'

/** Equally wide bins from the least value to the greatest. */
const bins = 100

/** Entropy in nats of the histogram of a map's values. A value at the upper end of a bin is in the next one, the greatest in the last. */
export function histogramEntropy(values: Float64Array): number {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const greatest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (least === greatest) return 0
  const counts = new Uint32Array(bins)
  for (const value of values)
    counts[Math.min(bins - 1, Math.floor(((value - least) / (greatest - least)) * bins))]! += 1
  let entropy = 0
  for (const count of counts) if (count > 0) entropy -= (count / values.length) * Math.log(count / values.length)
  return entropy
}

export default metric({
  id: 'entropy-rise',
  name: 'Rise of entropy under a random model',
  heading: 'entropy rise',
  group: 'randomisation',
  direction: 'higher',
  range: [-1, Number.POSITIVE_INFINITY],
  formula:
    "(H' - H) / H: H the entropy of a histogram of the map's absolute values in 100 bins, H' the same when every parameter is random",
  source:
    'Hedström et al., A Fresh Look at Sanity Checks for Saliency Maps, xAI 2024 (eMPRT), with the number of bins that its code has if no rule is named',
  negatives: 'count by their size in a signed map; elsewhere a map is counted from its least value',
  pitfall:
    'Says nothing of where a map points, and a map that is spread out already can hardly rise. About 0 if the random model makes no difference.',
  needs: ['map under random parameters'],
  order: 4,
  truth: false,
  measure({ original, stages }) {
    const last = stages.at(-1)
    const before = histogramEntropy(original.map(Math.abs))
    return last && before > 0 ? histogramEntropy(last.map(Math.abs)) / before - 1 : null
  },
})
