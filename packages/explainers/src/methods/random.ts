import { explainer } from '../contract/explainer.ts'

/** Control: independent uniform noise per patch, from the seed and the image's id. */
export default explainer({
  id: 'random',
  name: 'Random',
  source: { authors: 'control', venue: '', url: '' },
  formula: {
    tex: String.raw`M_{ij} \sim \mathcal U(0, 1)`,
    words: 'Independent uniform noise per patch.',
  },
  family: 'control',
  classSpecific: false,
  randomness: 'seeded',
  explain: ({ model: { grid }, random }) => random('map', [grid.rows, grid.columns]),
})
