import { spearman } from '../map/spearman.ts'
import { metric } from '../metric.ts'

export default metric({
  id: 'object-deletion',
  name: 'Object deletion',
  heading: 'object del.',
  group: 'objects',
  direction: 'higher',
  range: [-1, 1],
  formula:
    'Spearman, over the things in a scene, of the mass in a thing and the fall of p when the scene is rendered without it',
  source:
    'Vitrine; after the single deletion protocol of Hesse, Schaub-Meyer & Roth, FunnyBirds: A Synthetic Vision Dataset for a Part-Based Analysis of Explainable AI Methods, ICCV 2023',
  negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
  pitfall: 'A scene has few things, so one image says little: of two things it is 1 or -1.',
  needs: ['map', 'scene without each thing'],
  order: 1,
  truth: false,
  headline: true,
  measure: ({ attribution, fall }) => spearman(attribution, fall),
})
