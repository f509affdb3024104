import { metric } from '../metric.ts'

export default metric({
  id: 'average-drop',
  name: 'Average drop',
  heading: 'avg drop',
  group: 'soft-mask',
  direction: 'lower',
  range: [0, 1],
  // The difference may fall below zero from whatever is above it.
  rangeAgainst: [0, Number.POSITIVE_INFINITY],
  formula: 'max(0, p(x) - p(map * x)) / p(x)',
  source: 'Chattopadhay et al., Grad-CAM++, WACV 2018',
  negatives: 'are min-max normalised with the others',
  pitfall:
    'A map that is high everywhere drops nothing; read it with average gain. The product is a faded image that no model was trained on.',
  needs: ['before', 'after'],
  order: 1,
  measure: ({ before, after }) => (before > 0 ? Math.max(0, before - after) / before : null),
})
