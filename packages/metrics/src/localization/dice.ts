import { metric } from '../metric.ts'

export default metric({
  id: 'dice',
  name: 'Dice (F1)',
  heading: 'Dice',
  group: 'localization',
  direction: 'higher',
  range: [0, 1],
  formula: '2 tp / (2 tp + fp + fn)',
  source: 'Leem & Seo, Attention Guided CAM, AAAI 2024',
  negatives: 'are min-max normalised with the others',
  pitfall: 'Ranks single images as IoU does; means can differ, since large overlaps weigh less.',
  needs: ['tp', 'fp', 'fn'],
  order: 3,
  fraction: ({ tp, fp, fn }) => [2 * tp, 2 * tp + fp + fn],
})
