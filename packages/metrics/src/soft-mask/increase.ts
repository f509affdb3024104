import { metric } from '../metric.ts'

export default metric({
  id: 'increase',
  name: 'Increase in confidence',
  heading: 'increase',
  group: 'soft-mask',
  direction: 'higher',
  range: [0, 1],
  formula: '1 where p(map * x) > p(x), else 0',
  source: 'Chattopadhay et al., Grad-CAM++, WACV 2018',
  negatives: 'are min-max normalised with the others',
  pitfall: 'Says nothing of how much; where the model is sure of the image there is no room for an increase.',
  needs: ['before', 'after'],
  order: 3,
  measure: ({ before, after }) => Number(after > before),
})
