import { metric } from '../metric.ts'

export default metric({
  id: 'completeness-gap',
  name: 'Completeness gap',
  heading: 'completeness',
  group: 'completeness',
  direction: 'lower',
  range: [0, 1],
  formula:
    "|sum of the map - d| / (|sum of the map| + |d|), d the class's logit or what it is more than the baseline's, as the method claims",
  source: 'after Sundararajan, Taly & Yan, Axiomatic Attribution for Deep Networks, ICML 2017, section 3',
  negatives: 'count as they are',
  pitfall: 'Only of methods that claim it. A map may add up and be wrong everywhere.',
  needs: ['map', 'logits'],
  order: 1,
  truth: false,
  measure: ({ sum, claimed }) =>
    sum === 0 && claimed === 0 ? 0 : Math.abs(sum - claimed) / (Math.abs(sum) + Math.abs(claimed)),
})
