import { metric } from '../metric.ts'

export default metric({
  id: 'lerf-area',
  name: 'Area under LeRF',
  heading: 'LeRF',
  group: 'faithfulness',
  direction: 'higher',
  range: [0, 1],
  rangeAgainst: [-1, 1],
  formula: 'area(LeRF)',
  source: 'Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, TNNLS 2017',
  negatives: 'rank below the others',
  pitfall: 'High also for a model that ignores most of the image; read it with MoRF.',
  needs: ['lerf'],
  order: 3,
  score: ({ area }) => area('lerf'),
})
