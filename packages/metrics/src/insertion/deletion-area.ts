import { area } from '../faithfulness/area.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'deletion-area',
  name: 'Deletion',
  heading: 'deletion',
  group: 'insertion',
  direction: 'lower',
  range: [0, 1],
  rangeAgainst: [-1, 1],
  formula: 'area under p as the most relevant pixels are set to 0 in the normalised input',
  source: 'Petsiuk et al., RISE, BMVC 2018',
  negatives: 'rank below the others',
  pitfall: 'Scattered pixels break the model before the evidence is gone: adversarial maps have the best values.',
  needs: ['deletion'],
  order: 2,
  measure: ({ shares, deletion }) => area('trapezoid', shares, deletion),
})
