import { metric } from '@vitrine/metrics'

/**
 * Say here what the number tells, and why somebody would look at it. This one: how much of the map is needed at all, cells without any mass
 * being free.
 */
export default metric({
  id: 'my-metric',
  name: 'My metric',
  heading: 'my metric',
  group: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  formula: 'share of the cells that have mass',
  source: 'who defined it: authors, title, venue, year',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'A cell with hardly any mass counts as much as the greatest.',
  needs: ['map'],
  version: 1,
  measure({ mass: { values } }) {
    return values.filter(value => value > 0).length / values.length
  },
})
