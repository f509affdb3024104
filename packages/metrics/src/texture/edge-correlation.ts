import { spearman } from '../map/spearman.ts'
import type { MapMetric } from '../map-metric.ts'

export const edgeCorrelation: MapMetric<'edge-correlation'> = {
  id: 'edge-correlation',
  name: 'Correlation with edges',
  family: 'texture',
  direction: 'lower',
  range: [-1, 1],
  worst: 1,
  formula: 'Spearman of the cells and the mean Sobel magnitude of the image in them',
  source: 'after Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018 (maps held against an edge detector)',
  negatives: 'rank below the others',
  needs: ['map', 'image'],
  cost: 'none',
  measure: ({ map, contrast }) => spearman(map.values, contrast),
}
