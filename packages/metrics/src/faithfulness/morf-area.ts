import { metric } from '../metric.ts'

export default metric({
  id: 'morf-area',
  name: 'Area under MoRF',
  heading: 'MoRF',
  group: 'faithfulness',
  direction: 'lower',
  range: [0, 1],
  rangeAgainst: [-1, 1],
  formula: 'area(MoRF)',
  source: 'Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, TNNLS 2017',
  negatives: 'rank below the others',
  pitfall: 'Low also for a model that breaks at any disturbance; read it with LeRF.',
  needs: ['morf'],
  order: 2,
  score: ({ area }) => area('morf'),
})
