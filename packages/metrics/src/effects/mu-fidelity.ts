import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'mu-fidelity',
  name: 'MuFidelity',
  heading: 'MuFidelity',
  group: 'effects',
  direction: 'higher',
  range: [-1, 1],
  formula: "Spearman, over random sets of a fifth of the patches, of the map's sum in a set and the fall of p",
  source: 'Fel et al., Xplique, 2022, after Bhatt, Weller & Moura, IJCAI 2020: ranks in place of values',
  negatives: 'count as evidence against in a signed map; elsewhere a map is counted from its least value',
  pitfall: 'As the faithfulness correlation: few draws of one size.',
  needs: ['map', 'probability without each set'],
  order: 4,
  truth: false,
  measure: ({ fidelity: { attribution, fall } }) => spearman(attribution, fall),
})
