import { metric } from '../metric.ts'
import { meanSimilarity } from './similarity.ts'

const magnitude = (values: Float64Array) => values.map(Math.abs)

/** The same as the similarity along the cascade for maps without negative values. */
export default metric({
  id: 'cascade-magnitude',
  name: 'Similarity along the cascade, without signs',
  heading: 'casc. abs',
  group: 'randomisation',
  direction: 'lower',
  range: [-1, 1],
  formula: 'the similarity along the cascade, of absolute values',
  source:
    'Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018, where maps are compared with and without signs',
  negatives: 'count by their size in a signed map; elsewhere a map is counted from its least value',
  pitfall: 'A map whose signs alone change with the model fails it, since the same places stay marked.',
  needs: ['maps under random parameters'],
  order: 3,
  truth: false,
  measure: ({ original, stages }) => meanSimilarity({ original: magnitude(original), stages: stages.map(magnitude) }),
})
