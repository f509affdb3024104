import { metric } from '../metric.ts'

export default metric({
  id: 'aopc',
  name: 'Area over MoRF',
  heading: 'AOPC',
  group: 'faithfulness',
  direction: 'higher',
  range: [-1, 1],
  rangeAgainst: [-2, 2],
  formula: 'p(x) - area(MoRF); over equal steps and by means it is sum(p(x) - p(x without the first k)) / (steps + 1)',
  source: 'Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, TNNLS 2017',
  negatives: 'rank below the others',
  pitfall:
    'High for any map where the model is sure of the image and breaks at any disturbance; read it with sufficiency.',
  needs: ['morf'],
  order: 6,
  score: ({ area, values }) => values('morf')[0]! - area('morf'),
})
