import { metric } from '../metric.ts'

export default metric({
  id: 'qge',
  name: 'Quality gap of MoRF',
  heading: 'QGE',
  group: 'faithfulness',
  direction: 'lower',
  range: [-1, 1],
  rangeAgainst: [-2, 2],
  formula: 'area(MoRF) - area(MoRF of the map turned over, which is LeRF), over trapezoids',
  source: 'Eiras-Franco et al., Evaluate with the Inverse, AAAI 2025',
  negatives: 'rank below the others',
  pitfall: 'SRG with its sign turned: one of both is enough.',
  needs: ['morf', 'lerf'],
  order: 5,
  score: ({ area }) => area('morf', 'trapezoid') - area('lerf', 'trapezoid'),
})
