import type { Json, JsonObject } from '@vitrine/records'

// Answers that several parts of a protocol share.
const images = { all: 'all images', 'correct-prediction': 'only images that the model predicts right' }
const normalization = { 'min-max': 'from its least value to its greatest, to 0 and 1' }
const area = { mean: 'mean of the samples', trapezoid: 'integral of the polygon' }
const zero = '0 in every channel of the normalised input'

/** How each choice of a protocol is put in words, by its path; an answer that has no words of its own is shown as it is recorded. */
const words: Readonly<
  Record<string, { readonly question: string; readonly answers?: Readonly<Record<string, string>> }>
> = {
  'localization.targets': { question: 'Classes explained for localization' },
  'localization.images': { question: 'Images in the localization means', answers: images },
  'localization.grid': {
    question: 'Grid on which map and truth meet',
    answers: { annotation: "the annotated image's own pixels: the annotation is never resampled" },
  },
  'localization.resize': { question: "The map's way to that grid" },
  'localization.normalization': { question: 'Normalisation of the map', answers: normalization },
  'localization.comparison': {
    question: 'A pixel belongs to the prediction when',
    answers: { greater: 'its value is strictly greater than the threshold' },
  },
  'localization.thresholds': { question: 'Thresholds' },
  'localization.prediction': {
    question: 'What is compared with the truth',
    answers: {
      mask: 'the pixels above the threshold',
      'component-boxes':
        'bounding boxes of the connected components above the threshold, each filled one pixel beyond its end',
    },
  },
  'localization.truth': {
    question: 'The truth',
    answers: {
      boxes:
        'the annotated boxes, their coordinates cut to whole pixels of the grid, filled up to and with their last pixel',
      'mask-or-boxes': "the object's mask; without one, the pixels whose centres lie in a box",
    },
  },
  'localization.objects': {
    question: 'Objects that count',
    answers: {
      label: 'those of the labelled class',
      'explained-else-label': 'those of the explained class, or the labelled ones where there are none',
    },
  },
  'localization.division': { question: 'Division', answers: { exact: 'exact, and 0/0 counts as 0' } },
  'localization.area': { question: 'Area over the thresholds', answers: area },
  'faithfulness.targets': { question: 'Classes explained for faithfulness' },
  'faithfulness.images': { question: 'Images in the faithfulness means', answers: images },
  'faithfulness.resize': { question: "The map's way to the model's input" },
  'faithfulness.normalization': { question: 'Normalisation before ranking', answers: normalization },
  'faithfulness.steps': { question: 'Shares of the pixels taken away' },
  'faithfulness.baseline': { question: 'What a pixel taken away becomes, in the normalised input' },
  'faithfulness.value': {
    question: 'What the curves follow',
    answers: { probability: 'the probability of the explained class' },
  },
  'faithfulness.ranking': {
    question: 'What orders the pixels',
    answers: {
      normalized: 'the normalised map',
      'above-one': '1 + the normalised map in float32, in which values closer than 2⁻²⁴ tie',
    },
  },
  'faithfulness.ties': {
    question: 'Which of equal pixels goes first',
    answers: {
      introselect: 'whatever the quickselect of a CPU topk leaves first, drawn anew for every step',
      index: 'the first in row-major order',
      seeded: 'a shuffle from the recorded seed; LeRF walks the order of MoRF backwards',
    },
  },
  'faithfulness.area': { question: 'Area under a curve', answers: area },
  'faithfulness.removal': {
    question: 'What becomes of what is taken away',
    answers: {
      zero,
      black: 'a black pixel',
      'mean-colour': 'the mean colour of the image',
      'linear-imputation': 'the weighted mean of its neighbours, with noise (ROAD)',
      'token-drop': 'the token of the patch is left out',
    },
  },
  'insertion.targets': { question: 'Classes explained for Insertion and Deletion' },
  'insertion.images': { question: 'Images in the means of Insertion and Deletion', answers: images },
  'insertion.steps': { question: 'Equal steps, or shares of the pixels, of Insertion and Deletion' },
  'insertion.start': { question: 'What Insertion begins with' },
  'insertion.end': { question: 'What Deletion leaves', answers: { zero } },
  'softMask.targets': { question: 'Classes explained for the image times the map' },
  'softMask.images': { question: 'Images in the means of the image times the map', answers: images },
  'robustness.images': { question: 'Images in the means of robustness', answers: images },
  'robustness.radius': { question: 'The most that is added to a value of the normalised input' },
  'robustness.draws': { question: 'Images close by, drawn at random' },
  'robustness.budget': { question: 'Methods are not asked for robustness above this many passes' },
  'randomisation.images': { question: 'Images in the means of randomisation', answers: images },
  'randomisation.alike': { question: 'A method fails where the mean Spearman with maps of a random model is above' },
  'randomisation.budget': { question: 'Methods are not explained by random models above this many passes' },
  'diagnostics.targets': { question: 'Classes explained for failure patterns' },
  'diagnostics.images': { question: 'Images in the means of failure patterns', answers: images },
  'diagnostics.massHeld': { question: "Share of a map's mass that its effective area holds" },
  'diagnostics.paths': { question: 'Disturbances along which a map may freeze' },
  'diagnostics.fall': { question: 'A confidence has fallen when it has lost more than' },
  'diagnostics.similar': { question: 'Two maps are the same when their Spearman is above' },
}

export interface Choice {
  readonly path: string
  readonly question: string
  readonly answer: string
}

/** Every choice of a recorded protocol in words; one that the site does not know, as it is recorded. */
export function choicesOf(choices: JsonObject): Choice[] {
  const found = Object.entries(choices).flatMap(([part, of]) =>
    typeof of === 'object' && of !== null && !Array.isArray(of)
      ? Object.entries(of).map(([name, value]) => choiceOf(`${part}.${name}`, value))
      : [],
  )
  const order = Object.keys(words)
  const place = ({ path }: Choice) => (order.includes(path) ? order.indexOf(path) : order.length)
  return found.sort((a, b) => place(a) - place(b))
}

function choiceOf(path: string, value: Json): Choice {
  const known = words[path]
  const kind = typeof value === 'object' && value !== null && !Array.isArray(value) ? value.kind : value
  return {
    path,
    question: known?.question ?? path.replaceAll('.', ': '),
    answer: known?.answers?.[String(kind)] ?? plain(value),
  }
}

function plain(value: Json): string {
  if (Array.isArray(value)) return value.map(plain).join(value.some(v => typeof v === 'object') ? '; ' : ', ')
  if (typeof value !== 'object' || value === null) return String(value)
  const { kind, ...rest } = value
  const facts = Object.entries(rest).map(([name, inner]) => {
    const word = name.replaceAll(/([A-Z])/g, ' $1').toLowerCase()
    if (inner === true) return word
    return inner === false ? `no ${word}` : `${word} ${plain(inner)}`
  })
  return [kind === undefined ? [] : plain(kind), ...facts].flat().join(', ')
}
