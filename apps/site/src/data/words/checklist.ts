/** A practice that is asked of a benchmark, and how far it is followed. */
export interface Practice {
  readonly practice: string
  readonly holds: 'yes' | 'in part' | 'no'
  readonly how: string
}

/**
 * The practices of BetterBench (Reuel et al., Assessing AI Benchmarks, Uncovering Issues, and Establishing Best Practices, NeurIPS 2024) that
 * concern a benchmark of explanations, in the order of its four stages: design, implementation, documentation, maintenance.
 */
export const checklist: readonly Practice[] = [
  {
    practice: 'What is tested is defined, and why it matters',
    holds: 'yes',
    how: 'Pointing at the object, changing the answer, telling classes apart, staying the same: one question per group of columns, each metric with its formula and its pitfall.',
  },
  {
    practice: 'How a score is to be read, with a floor and a ceiling',
    holds: 'yes',
    how: 'Controls that see nothing of the model are ranked in the table; a row that is told the truth shows how far a map can get. Cells are shaded between the two.',
  },
  {
    practice: 'Domain experts took part',
    holds: 'no',
    how: 'Metrics and protocols are those of papers; nobody who uses explanations in a field was asked.',
  },
  {
    practice: 'The tasks are like those of the real use',
    holds: 'no',
    how: 'One small model on synthetic scenes of icons. Photographs can be measured with one command, and no such board is published.',
  },
  {
    practice: 'Code and data are open, and results can be had again',
    holds: 'yes',
    how: 'Every record names its command, seed, versions and hashes; one command measures it again and compares.',
  },
  {
    practice: 'Randomness and uncertainty are reported',
    holds: 'yes',
    how: 'Intervals, ranks and ties from 10,000 resamples of the images. What seeds of sampled methods and of training add is not in them.',
  },
  {
    practice: 'Contamination is guarded against',
    holds: 'in part',
    how: 'Scenes are drawn from a seed, so others can be drawn. The published ones are public, and the bundled model was trained on scenes of the same kind.',
  },
  {
    practice: 'Tests check that the metrics measure what they say',
    holds: 'yes',
    how: 'Golden outputs, hand calculations, the released code of papers, and controls whose score is known.',
  },
  {
    practice: 'Limits are documented where a reader meets them',
    holds: 'yes',
    how: 'On the first screen, on the cards of model and data, in the pitfall of each metric, in the reason of each empty cell.',
  },
  {
    practice: 'Licences of code and data are stated',
    holds: 'yes',
    how: 'MIT for code and numbers; authors and licences of icons below every page that shows them.',
  },
  {
    practice: 'Versions are kept, and changes are told',
    holds: 'yes',
    how: 'Each group of numbers and each method has a version, and each rise a line in the table above. A board whose numbers were replaced is kept at an address of its own.',
  },
  {
    practice: 'Others can contribute, and their results are checked',
    holds: 'yes',
    how: 'A pull request adds records; a workflow measures a sample again and writes a verdict, which the board shows.',
  },
  {
    practice: 'Somebody answers for it, and there is a plan for its end',
    holds: 'no',
    how: 'Nobody is named who would answer for it, and no date is set until which it is kept up.',
  },
]
