import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

/** The object has edges too, and a good map lies on them: beyond the object they are no evidence, wherever they are. */
export default metric({
  id: 'background-edges',
  name: 'Correlation with edges outside the object',
  heading: 'edges',
  group: 'texture',
  direction: 'lower',
  range: [-1, 1],
  formula: 'Spearman of the cells that the object does not touch and the mean Sobel magnitude of the image in them',
  source: 'Vitrine; after Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018',
  negatives: 'rank below the others',
  pitfall: 'Looks at the background alone; a map without mass there has no value.',
  needs: ['map', 'truth', 'image'],
  merit: false,
  order: 4,
  headline: true,
  measure({ map, contrast, objectShare }) {
    const outside = Array.from(objectShare.keys()).filter(i => objectShare[i] === 0)
    return spearman(
      outside.map(i => map.values[i]!),
      outside.map(i => contrast[i]!),
    )
  },
})
