import { metric } from '../metric.ts'

export default metric({
  id: 'saco',
  name: 'SaCo',
  heading: 'SaCo',
  group: 'coherence',
  direction: 'higher',
  range: [-1, 1],
  formula:
    'sum over pairs of groups i before j of s(i) - s(j), negative where p falls less without i than without j, over the sum of their sizes; s the sum of the map in a group',
  source: 'Wu et al., On the Faithfulness of Vision Transformer Explanations, CVPR 2024',
  negatives: 'are min-max normalised with the others',
  pitfall: 'Groups are scattered pixels: what the model loses without one depends on their shape as well.',
  needs: ['map', 'probability without each group of pixels'],
  order: 1,
  truth: false,
  headline: true,
  measure({ attribution, fall }) {
    let [sum, sizes] = [0, 0]
    for (let i = 0; i < fall.length; i++)
      for (let j = i + 1; j < fall.length; j++) {
        const difference = attribution[i]! - attribution[j]!
        sum += fall[i]! >= fall[j]! ? difference : -difference
        sizes += Math.abs(difference)
      }
    return sizes === 0 ? null : sum / sizes
  },
})
