import { metric } from '../metric.ts'

export default metric({
  id: 'pixel-accuracy',
  name: 'Pixel accuracy',
  heading: 'pixel accuracy',
  group: 'localization',
  direction: 'higher',
  range: [0, 1],
  formula: '(tp + tn) / (tp + fp + fn + tn)',
  source: 'Leem & Seo, Attention Guided CAM, AAAI 2024',
  negatives: 'are min-max normalised with the others',
  pitfall: 'Small objects make an empty map look good: most pixels are background.',
  needs: ['tp', 'fp', 'fn', 'tn'],
  order: 1,
  fraction: ({ tp, fp, fn, tn }) => [tp + tn, tp + fp + fn + tn],
})
