import { metric } from '../metric.ts'

export default metric({
  id: 'recall',
  name: 'Recall',
  heading: 'recall',
  group: 'localization',
  direction: 'higher',
  range: [0, 1],
  formula: 'tp / (tp + fn)',
  source: 'Leem & Seo, Attention Guided CAM, AAAI 2024',
  negatives: 'are min-max normalised with the others',
  pitfall: 'The whole image has 1; read it with precision.',
  needs: ['tp', 'fn'],
  merit: false,
  order: 5,
  fraction: ({ tp, fn }) => [tp, tp + fn],
})
