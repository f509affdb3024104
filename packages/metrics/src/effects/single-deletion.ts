import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'single-deletion',
  name: 'Single deletion',
  heading: 'one deleted',
  group: 'effects',
  direction: 'higher',
  range: [-1, 1],
  formula: "Spearman, over the regions of a coarse grid, of the map's sum in a region and the fall of p without it",
  source: 'Hesse, Schaub-Meyer & Roth, Benchmarking the Attribution Quality of Vision Models (IDSDS), NeurIPS 2024',
  negatives: 'count as evidence against in a signed map; elsewhere a map is counted from its least value',
  pitfall:
    'Two regions that show the same evidence have no effect alone. The published benchmark trains its models on removed regions first; here the model is as it is.',
  needs: ['map', 'probability without each region'],
  order: 1,
  truth: false,
  headline: true,
  measure: ({ single: { attribution, fall } }) => spearman(attribution, fall),
})
