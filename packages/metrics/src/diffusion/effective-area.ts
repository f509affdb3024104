import { metric } from '../metric.ts'
import { percent } from '../numbers.ts'

export default metric({
  id: 'effective-area',
  name: 'Effective area',
  heading: 'area',
  group: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  formula: 'smallest share of the cells that holds a wanted share of the mass, the last cell in proportion',
  under: ({ massHeld }) => ({
    formula: `smallest share of the cells that holds ${percent(massHeld)} of the mass, the last cell in proportion`,
    heading: `area ${percent(massHeld)}`,
  }),
  source: 'Vitrine',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'Large objects need large maps; compare methods on the same images only.',
  needs: ['map'],
  merit: false,
  order: 1,
  headline: true,
  measure({ mass: { values } }, { massHeld }) {
    const sorted = Float64Array.from(values).sort().reverse()
    const wanted = massHeld * sorted.reduce((sum, value) => sum + value, 0)
    if (wanted === 0) return null
    let held = 0
    for (const [cells, value] of sorted.entries()) {
      if (held + value >= wanted) return (cells + (wanted - held) / value) / sorted.length
      held += value
    }
    return 1
  },
})
