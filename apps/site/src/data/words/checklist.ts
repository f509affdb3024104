/** A practice that is asked of a benchmark, and how far it is followed. */
export interface Practice {
  readonly stage: 'Design' | 'Implementation' | 'Documentation' | 'Maintenance'
  readonly practice: string
  readonly holds: 'yes' | 'in part' | 'no'
  readonly how: string
}

const of =
  (stage: Practice['stage']) =>
  (practice: string, holds: Practice['holds'], how: string): Practice => ({ stage, practice, holds, how })
const [design, implementation, documentation, maintenance] = [
  of('Design'),
  of('Implementation'),
  of('Documentation'),
  of('Maintenance'),
]

/**
 * The practices of BetterBench (Reuel et al., Assessing AI Benchmarks, Uncovering Issues, and Establishing Best Practices, NeurIPS 2024) in
 * our words and in its stages, but for what concerns language models alone.
 */
export const checklist: readonly Practice[] = [
  design(
    'What is tested is defined, and how a task stands for it',
    'yes',
    'One question per group of columns (points at the object, changes the answer, tells classes apart, stays the same); each metric has a page with its formula, its source and what it does not tell.',
  ),
  design(
    'Why it matters in the world is said, and for whom',
    'in part',
    'For whoever has to choose a method for a Vision Transformer: the front page answers four questions, and a reader weighs them. No study shows that a better rank helps a person decide.',
  ),
  design(
    'How a score may and may not be read',
    'yes',
    'Intervals, bands, and how many neighbours are told apart stand above every board; what an empty or grey cell means, in the cell.',
  ),
  design(
    'Experts of a domain took part',
    'no',
    'Metrics and protocols are those of papers; nobody who uses explanations in a field was asked.',
  ),
  design(
    'The literature is taken in, and differences to other benchmarks are told',
    'in part',
    'Every method and metric names its paper, and parity with released code is measured. There is no table of other benchmarks.',
  ),
  design(
    'Metrics are chosen for reasons',
    'yes',
    'What each metric is worth is measured: how well it tells a map that is told the truth, and methods, from maps that know nothing, and how noisy it is.',
  ),
  design(
    'Floors and ceilings, and the level of chance',
    'yes',
    'Controls that see nothing of the model (noise, a spot at the centre, edges, the whole image) are ranked in the table; a row that is told the truth shows how far a map can get.',
  ),
  design(
    'The level of people',
    'no',
    'Nobody was asked to draw where the evidence is; the truth is that of the scenes.',
  ),
  design(
    'Scores are computed by a program, and the program is checked',
    'yes',
    'No person or model judges. Metrics are held to definitions, hand calculations, closed forms and the code of others.',
  ),
  design(
    'How much the answer depends on choices is addressed',
    'yes',
    'Data set, protocol, removal, explained class, threshold and engine can be changed, and ranks are shown over all of them.',
  ),
  implementation(
    'Code and data are open',
    'yes',
    'Both are in the repository: scenes are drawn by a program from a seed, and the model is bundled.',
  ),
  implementation(
    "One's own models can be measured",
    'yes',
    'Checkpoints and exported graphs, on one machine or many. Models behind an interface that gives answers alone cannot: methods need their inside.',
  ),
  implementation(
    'Results can be had again with one command',
    'yes',
    'Every record names its command, seed, versions and hashes; one command measures it again and compares.',
  ),
  implementation(
    'Uncertainty is reported',
    'yes',
    'Intervals, ranks and ties from 10,000 resamples of the images, corrected for all neighbours on request. What seeds of sampled methods and of training add is not in them.',
  ),
  implementation(
    'Training on the test data is guarded against',
    'in part',
    'Scenes are drawn from a seed, so others can be drawn. The published ones are public and carry no mark, and the bundled model was trained on scenes of the same kind.',
  ),
  implementation('Warnings of harmful content', 'yes', 'There is none: scenes are icons of things and animals.'),
  implementation(
    'The state of the build is shown, and what a release needs is said',
    'in part',
    'One command checks and tests everything, and CONTRIBUTING says what a release asks. No page shows the state of the last build.',
  ),
  documentation(
    'A quick start, requirements, code that is documented',
    'yes',
    'Two commands on any machine with Node.js; all else installs itself in fixed versions. Public functions say shapes, units, errors and sources.',
  ),
  documentation(
    'How data were made, and why these tasks',
    'yes',
    "On the cards of the model and of each data set, and in the data sets' documentation.",
  ),
  documentation(
    'Limits and assumptions stand where a reader meets them',
    'yes',
    'On the first screen, on the cards, in the pitfall of each metric, in the reason of each empty cell.',
  ),
  documentation('A paper that was reviewed', 'no', 'There is none.'),
  documentation(
    'Licences of code and data',
    'yes',
    'MIT for code and numbers; authors and licences of icons below every page that shows them.',
  ),
  documentation(
    'Versions are kept, and changes are told',
    'yes',
    'Each group of numbers and each method has a version, and each rise a line in the table above. A board whose numbers were replaced is kept at an address of its own.',
  ),
  maintenance(
    'Others can contribute, and are answered',
    'in part',
    'A pull request adds records; a workflow measures a sample again and writes a verdict, which the board shows. No other channel is named.',
  ),
  maintenance(
    'Somebody answers for it, and its use was checked within a year',
    'in part',
    'A release runs every test. Nobody is named who would answer for it, and no date is set until which it is kept up.',
  ),
]
