import { pearson } from '../map/spearman.ts'
import { metric } from '../metric.ts'
import { meanOf } from '../numbers.ts'

export default metric({
  id: 'sensitivity-n',
  name: 'Sensitivity-N',
  heading: 'sensitivity-N',
  group: 'effects',
  direction: 'higher',
  range: [-1, 1],
  formula: "mean over sizes N of Pearson, over random sets of N patches, of the map's sum in a set and the fall of p",
  source:
    'Ancona et al., Towards Better Understanding of Gradient-Based Attribution Methods, ICLR 2018; patches in place of pixels',
  negatives: 'count as evidence against in a signed map; elsewhere a map is counted from its least value',
  pitfall: 'Random sets of patches leave images that no model was trained on, and the larger the set, the more so.',
  needs: ['map', 'probability without each set'],
  order: 2,
  truth: false,
  headline: true,
  measure({ sets }) {
    const found = sets.map(({ attribution, fall }) => pearson(Float64Array.from(attribution), Float64Array.from(fall)))
    return found.every(value => value === null) ? null : meanOf(found)
  },
})
