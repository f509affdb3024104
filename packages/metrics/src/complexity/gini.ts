import { metric } from '../metric.ts'

export default metric({
  id: 'gini',
  name: 'Gini index',
  heading: 'Gini',
  group: 'complexity',
  direction: 'higher',
  range: [0, 1],
  formula: 'sum over cells, ascending by |a|, of (2 i - n - 1) |a_i| / (n sum |a|)',
  source: 'Chalasani et al., Concise Explanations of Neural Networks using Adversarial Training, ICML 2020',
  negatives: 'count by their size in a signed map; elsewhere a map is counted from its least value',
  pitfall: 'A description and no merit: a single cell, wherever it is, has the most.',
  needs: ['map'],
  order: 1,
  merit: false,
  measure({ magnitude }) {
    const sorted = magnitude.toSorted()
    const { length } = sorted
    const [all, weighed] = sorted.reduce(
      ([sum, more], value, i) => [sum + value, more + (2 * (i + 1) - length - 1) * value] as const,
      [0, 0] as readonly [number, number],
    )
    return all === 0 ? null : weighed / (length * all)
  },
})
