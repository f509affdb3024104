import { metric } from '../metric.ts'

export default metric({
  id: 'average-gain',
  name: 'Average gain',
  heading: 'avg gain',
  group: 'soft-mask',
  direction: 'higher',
  range: [0, 1],
  formula: 'max(0, p(map * x) - p(x)) / (1 - p(x))',
  source: 'Zhang et al., Opti-CAM, CVIU 2024',
  negatives: 'are min-max normalised with the others',
  pitfall: 'Rests on the images of which the model is unsure; without a value where it is entirely sure.',
  needs: ['before', 'after'],
  order: 2,
  measure: ({ before, after }) => (before < 1 ? Math.max(0, after - before) / (1 - before) : null),
})
