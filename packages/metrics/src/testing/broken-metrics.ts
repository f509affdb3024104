import { metricConformance } from '../conformance/suite.ts'
import entropy from '../diffusion/entropy.ts'
import type { MapMetric } from '../metric.ts'

// Run by conformance.test.ts in a process of its own: each of these metrics breaks one rule, and its id says which.

let calls = 0

const broken: readonly Pick<MapMetric, 'id' | 'measure'>[] = [
  { id: 'out-of-range', measure: (map, rules) => 2 * (entropy.measure(map, rules) ?? 0) },
  { id: 'wrong-direction', measure: (map, rules) => 1 - (entropy.measure(map, rules) ?? 0) },
  { id: 'order-dependent', measure: (map, rules) => (entropy.measure(map, rules) ?? 0) / (1 + 1e-6 * calls++) },
  {
    id: 'changes-its-input',
    measure(map, rules) {
      const value = entropy.measure(map, rules)
      map.object.fill(1)
      return value
    },
  },
  {
    id: 'scale-dependent',
    measure: ({ mass: { values } }) => Math.min(1, values.reduce((sum, v) => sum + v, 0) / 1000),
  },
  {
    id: 'left-is-better',
    measure: ({ mass: { values, columns } }) =>
      values.reduce((sum, v, i) => sum + v * (i % columns), 0) / (columns * values.reduce((sum, v) => sum + v, 0)) || 0,
  },
]

for (const metric of broken) metricConformance({ ...entropy, ...metric })
