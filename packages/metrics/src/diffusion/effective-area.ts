import type { MapMetric } from '../map-metric.ts'

export const effectiveArea: MapMetric<'effective-area'> = {
  id: 'effective-area',
  name: 'Effective area',
  family: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  worst: 1,
  formula: 'smallest share of the cells that holds 90 % of the mass, the last cell in proportion',
  source: 'Vitrine',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  needs: ['map'],
  cost: 'none',
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
}
