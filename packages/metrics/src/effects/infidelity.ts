import { metric } from '../metric.ts'

/** A map is scaled as suits it best, by no negative number: scales of methods do not compare. */
export default metric({
  id: 'infidelity',
  name: 'Infidelity',
  heading: 'infidelity',
  group: 'effects',
  direction: 'lower',
  range: [0, 1],
  formula: "least over b >= 0 of E[(b a - d)^2] / E[d^2], over random sets: a the map's sum in a set, d the fall of p",
  source:
    'Yeh et al., On the (In)fidelity and Sensitivity of Explanations, NeurIPS 2019, with the scale that its section 2 allows; sets of patches set to the baseline',
  negatives: 'count as evidence against in a signed map; elsewhere a map is counted from its least value',
  pitfall: 'A map that is the same everywhere is not bad by it: the larger the set, the more the model loses.',
  needs: ['map', 'probability without each set'],
  order: 5,
  truth: false,
  measure({ sets }) {
    const [a, d] = [sets.flatMap(({ attribution }) => attribution), sets.flatMap(({ fall }) => fall)]
    const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
    const [squares, falls] = [dot(a, a), dot(d, d)]
    if (falls === 0) return null
    if (squares === 0) return 1
    return Math.max(0, 1 - Math.max(0, dot(a, d)) ** 2 / (squares * falls))
  },
})
