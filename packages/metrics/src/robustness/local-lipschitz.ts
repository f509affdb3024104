import { metric } from '../metric.ts'

export default metric({
  id: 'local-lipschitz',
  name: 'Local Lipschitz estimate',
  heading: 'Lipschitz',
  group: 'robustness',
  direction: 'lower',
  range: [0, Number.POSITIVE_INFINITY],
  formula:
    'greatest ratio, over images close by, of the distance of the maps at unit norm to the root mean square of the difference of the images',
  source:
    'Alvarez-Melis & Jaakkola, On the Robustness of Interpretability Methods, ICML workshop WHI 2018; the greatest of random draws in place of an optimisation, maps at unit norm and distances per value of the input so that methods and models compare',
  negatives: 'count as they are in a signed map; elsewhere a map is counted from its least value',
  pitfall:
    'A map that is the same for every image has 0. A map that jumps between close images has no bound: its number grows as the draws come closer.',
  needs: ['maps of images close by'],
  order: 2,
  merit: false,
  truth: false,
  measure: ({ changes, distances }) => Math.max(...changes.map((change, i) => change / distances[i]!)),
})
