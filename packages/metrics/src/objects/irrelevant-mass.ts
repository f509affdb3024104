import { metric } from '../metric.ts'

/** A thing matters if the probability changes by more than this without it. */
const matters = 0.05

/** `null` for scenes in which nothing matters, or everything: there is no right and wrong thing in them. */
export default metric({
  id: 'irrelevant-mass',
  name: 'Mass on things that do not matter',
  heading: 'irrelevant',
  group: 'objects',
  direction: 'lower',
  range: [0, 1],
  formula: 'mass on the things without which p changes by at most 0.05 / mass on all things in the scene',
  source:
    'Vitrine; after distractibility in Hesse, Schaub-Meyer & Roth, FunnyBirds: A Synthetic Vision Dataset for a Part-Based Analysis of Explainable AI Methods, ICCV 2023',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'Says nothing of mass on the background, and large things hold much mass of any map.',
  needs: ['map', 'scene without each thing'],
  order: 2,
  headline: true,
  measure({ attribution, fall }) {
    const all = attribution.reduce((sum, mass) => sum + mass, 0)
    const idle = fall.map(value => Math.abs(value) <= matters)
    if (all === 0 || idle.every(is => is) || !idle.includes(true)) return null
    return attribution.reduce((sum, mass, i) => (idle[i] ? sum + mass : sum), 0) / all
  },
})
