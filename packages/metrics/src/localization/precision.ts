import { metric } from '../metric.ts'

export default metric({
  id: 'precision',
  name: 'Precision',
  heading: 'precision',
  group: 'localization',
  direction: 'higher',
  range: [0, 1],
  formula: 'tp / (tp + fp)',
  source: 'Leem & Seo, Attention Guided CAM, AAAI 2024',
  negatives: 'are min-max normalised with the others',
  pitfall: 'One right pixel suffices for 1; read it with recall.',
  needs: ['tp', 'fp'],
  order: 4,
  fraction: ({ tp, fp }) => [tp, tp + fp],
})
