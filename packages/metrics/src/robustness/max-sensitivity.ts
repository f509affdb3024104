import { metric } from '../metric.ts'

export default metric({
  id: 'max-sensitivity',
  name: 'Max-sensitivity',
  heading: 'max-sens.',
  group: 'robustness',
  direction: 'lower',
  range: [0, 2],
  formula: 'greatest distance between the map of the image and the map of an image close to it, both at unit norm',
  source:
    'Yeh et al., On the (In)fidelity and Sensitivity of Explanations, NeurIPS 2019; the greatest of random draws, and maps at unit norm so that methods compare',
  negatives: 'count as they are in a signed map; elsewhere a map is counted from its least value',
  pitfall:
    'A map that is the same for every image has 0, and so have controls that do not look at the image. Draws find less than the true maximum.',
  needs: ['maps of images close by'],
  order: 1,
  merit: false,
  truth: false,
  measure: ({ changes }) => Math.max(...changes),
})
