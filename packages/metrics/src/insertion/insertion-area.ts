import { area } from '../faithfulness/area.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'insertion-area',
  name: 'Insertion',
  heading: 'insertion',
  group: 'insertion',
  direction: 'higher',
  range: [0, 1],
  rangeAgainst: [-1, 1],
  formula: 'area under p as the most relevant pixels are put into the blurred image',
  source: 'Petsiuk et al., RISE, BMVC 2018',
  negatives: 'rank below the others',
  pitfall: 'A blurred image may show the class already; the blur decides how much a method can gain.',
  needs: ['insertion'],
  order: 1,
  measure: ({ shares, insertion }) => area('trapezoid', shares, insertion),
})
