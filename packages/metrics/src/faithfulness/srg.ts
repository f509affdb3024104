import { metric } from '../metric.ts'

export default metric({
  id: 'srg',
  name: 'Symmetric relevance gain',
  heading: 'SRG',
  group: 'faithfulness',
  direction: 'higher',
  range: [-1, 1],
  rangeAgainst: [-2, 2],
  formula: 'area(LeRF) - area(MoRF), over trapezoids',
  source:
    'Blücher et al., Decoupling Pixel Flipping and Occlusion Strategy for Consistent XAI Benchmarks, TMLR 2024, which asks for the predicted class',
  negatives: 'rank below the others',
  pitfall: 'Under a protocol whose areas are trapezoids it is ABPC under another name.',
  needs: ['morf', 'lerf'],
  order: 4,
  score: ({ area }) => area('lerf', 'trapezoid') - area('morf', 'trapezoid'),
})
