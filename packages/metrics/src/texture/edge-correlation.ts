import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'edge-correlation',
  name: 'Correlation with edges',
  heading: 'all edges',
  group: 'texture',
  direction: 'lower',
  range: [-1, 1],
  formula: 'Spearman of the cells and the mean Sobel magnitude of the image in them',
  source: 'after Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018 (maps held against an edge detector)',
  negatives: 'rank below the others',
  pitfall: 'Objects have edges: some correlation is what pointing at them looks like.',
  needs: ['map', 'image'],
  merit: false,
  order: 3,
  measure: ({ map, contrast }) => spearman(map.values, contrast),
})
