import { pearson } from '../map/spearman.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'faithfulness-correlation',
  name: 'Faithfulness correlation',
  heading: 'faith. corr.',
  group: 'effects',
  direction: 'higher',
  range: [-1, 1],
  formula: "Pearson, over random sets of a fifth of the patches, of the map's sum in a set and the fall of p",
  source: 'Bhatt, Weller & Moura, Evaluating and Aggregating Feature-based Model Explanations, IJCAI 2020',
  negatives: 'count as evidence against in a signed map; elsewhere a map is counted from its least value',
  pitfall: 'One size of sets only, and few draws: on one image it is noise, over many it is not.',
  needs: ['map', 'probability without each set'],
  order: 3,
  truth: false,
  measure: ({ fidelity: { attribution, fall } }) => pearson(Float64Array.from(attribution), Float64Array.from(fall)),
})
