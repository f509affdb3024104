import { metric } from '../metric.ts'

export default metric({
  id: 'grid-pointing',
  name: 'Grid pointing game',
  heading: 'grid pointing',
  group: 'mosaic',
  direction: 'higher',
  range: [0, 1],
  formula:
    "mean over the four pictures of a 2 x 2 mosaic of the share of the mass of a map of a picture's class that lies in that picture",
  source:
    'Böhle, Fritz & Schiele, Convolutional Dynamic Alignment Networks for Interpretable Classifications, CVPR 2021; pictures of any confidence, at half their size',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'Chance is a quarter. No model was trained on mosaics, and classes may share what they are seen by.',
  needs: ['maps of four classes'],
  order: 1,
  headline: true,
  measure: shares => shares.reduce((sum, share) => sum + share, 0) / shares.length,
})
