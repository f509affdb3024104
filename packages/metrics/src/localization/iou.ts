import { metric } from '../metric.ts'

export default metric({
  id: 'iou',
  name: 'IoU',
  heading: 'IoU',
  group: 'localization',
  direction: 'higher',
  range: [0, 1],
  formula: 'tp / (tp + fp + fn)',
  source: 'Leem & Seo, Attention Guided CAM, AAAI 2024',
  negatives: 'are min-max normalised with the others',
  pitfall:
    'Depends on the threshold; a method whose values are spread otherwise peaks at another one. See the curve, not the point.',
  needs: ['tp', 'fp', 'fn'],
  order: 2,
  fraction: ({ tp, fp, fn }) => [tp, tp + fp + fn],
})
