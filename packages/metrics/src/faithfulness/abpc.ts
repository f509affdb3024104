import { metric } from '../metric.ts'

export default metric({
  id: 'abpc',
  name: 'ABPC',
  heading: 'ABPC',
  group: 'faithfulness',
  direction: 'higher',
  range: [-1, 1],
  rangeAgainst: [-2, 2],
  formula: 'area(LeRF) - area(MoRF)',
  source:
    'Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, TNNLS 2017; Leem & Seo, Attention Guided CAM, AAAI 2024',
  negatives: 'rank below the others',
  pitfall: 'Pixels taken away make images that the model was never trained on; part of the drop is that.',
  needs: ['morf', 'lerf'],
  order: 1,
  score: ({ area }) => area('lerf') - area('morf'),
})
