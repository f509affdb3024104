import { targetsOfGroup } from './columns.ts'
import { metricGroups } from './groups.ts'
import type { Protocol, Removal } from './protocol.ts'
import type { Target } from './types.ts'

const thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

/** What the released code of Attention Guided CAM (Leem & Seo, AAAI 2024) computes. */
const paper: Protocol = {
  id: 'paper',
  title: 'As in the study',
  localization: {
    targets: ['predicted'],
    images: 'correct-prediction',
    grid: { kind: 'fixed', width: 224, height: 224 },
    thresholds,
    prediction: { kind: 'component-boxes', fill: 'inclusive' },
    truth: { kind: 'boxes', fill: 'inclusive' },
    objects: 'label',
    division: { kind: 'epsilon', value: 1e-5 },
    area: 'mean',
  },
  faithfulness: {
    targets: ['label'],
    images: 'all',
    steps: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    ranking: 'above-one',
    ties: { kind: 'introselect' },
    area: 'mean',
  },
}

/**
 * The same questions without the detours: the map itself against the object itself, every image, both classes.
 *
 * Steps: seven of the study's eleven, so that it shares the forward passes of `paper`. Over trapezoids, measured for 62 methods on two
 * datasets, ABPC at seven steps differs from that at eleven by 0.011 on average with a bias of 0.002, and the rank correlation of the
 * methods is 0.99.
 *
 * Removal has one step because each method removes other pixels, so that nothing is shared, and it is the first one: over 498 images of 83
 * records (three datasets of six images), confidence has fallen by half there on 76 % of them, when the map has had the least reason to
 * change. Without a second step at half of the pixels, `frozen-share` is the same in each of these records, `coupling` differs by 0.04
 * on average, and the rank correlation of the records by it is 0.92.
 *
 * `pathBudget`: with Ablation-CAM's 5.4 passes an explanation, the seven steps of the paths take twice as many passes as both curves.
 */
const standard: Protocol & Required<Pick<Protocol, 'diagnostics'>> = {
  id: 'standard',
  title: 'Standard',
  localization: {
    targets: ['predicted', 'label'],
    images: 'all',
    grid: { kind: 'annotation' },
    thresholds,
    prediction: { kind: 'mask' },
    truth: { kind: 'mask-or-boxes', fill: 'half-open' },
    objects: 'explained-else-label',
    division: { kind: 'exact', zeroOverZero: 0 },
    area: 'trapezoid',
  },
  faithfulness: {
    targets: ['predicted', 'label'],
    images: 'all',
    steps: [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1],
    ranking: 'normalized',
    ties: { kind: 'seeded' },
    area: 'trapezoid',
  },
  diagnostics: {
    targets: ['predicted', 'label'],
    images: 'all',
    massHeld: 0.9,
    paths: [
      { kind: 'removal', steps: [0.1] },
      { kind: 'noise', steps: [0.5, 1.5] },
      { kind: 'blur', steps: [4, 12] },
      { kind: 'occlusion', steps: [0.5, 1] },
    ],
    pathBudget: 4,
    fall: 0.5,
    similar: 0.95,
  },
}

/** RISE's image to begin with: `gkern(11, 5)` of its code. */
const blurred: Removal = { kind: 'kernel-blur', size: 11, sigma: 5 }

/**
 * All that is measured on many images, with passes of its own for each method.
 *
 * Insertion and Deletion have twelve shares of the pixels, close together where the curves are steep, in place of RISE's 225: 20 passes in place of 447,
 * of which five are those of the MoRF curve. Measured for 11 maps of three images, Insertion differs by 0.005 on average and Deletion by 0.013; of pairs
 * of methods that are farther apart than 0.005, 39 of 40 keep their order.
 *
 * Regions: the 16 of IDSDS, and 160 random sets of patches, for all methods together. One set of 32 gives a correlation whose standard error on one
 * image is 0.18; over 64 images it is 0.02. Ten groups of pixels as in the paper that defines SaCo.
 */
const full: Protocol & Required<Pick<Protocol, 'diagnostics'>> = {
  ...standard,
  id: 'full',
  title: 'Everything',
  insertion: {
    targets: ['predicted'],
    images: 'all',
    steps: [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1],
    start: blurred,
    end: { kind: 'zero' },
  },
  softMask: { targets: ['predicted'], images: 'all' },
  effects: {
    targets: ['predicted', 'label'],
    images: 'all',
    grid: 4,
    shares: [0.1, 0.2, 0.4, 0.6, 0.8],
    fidelity: 0.2,
    draws: 32,
  },
  coherence: { targets: ['predicted'], images: 'all', groups: 10 },
  completeness: { targets: ['predicted', 'label'], images: 'all' },
  mosaic: { images: 'all', budget: 4 },
}

/** Insertion and Deletion as the released code of RISE (Petsiuk et al., BMVC 2018) computes them: a row of pixels a step. */
const rise: Protocol = {
  id: 'rise',
  title: 'As in RISE',
  localization: { ...standard.localization, targets: [] },
  faithfulness: { ...standard.faithfulness, targets: [] },
  insertion: { targets: ['predicted'], images: 'all', steps: 224, start: blurred, end: { kind: 'zero' } },
}

/**
 * Whether maps stay as they are when the image hardly changes, and change when the model does: meant for few images, such as the six of a run
 * that names no number. Of each image and method it takes 10 explanations of images close by, one of another class, and one for each block of the
 * model, its head and its embedding: 25 for twelve blocks. A model is opened again for each of these parts.
 *
 * Radius: that of the released code of Yeh et al. `alike`: Adebayo et al. judge by eye; half of the way from unrelated to equal is Vitrine's choice.
 */
const sanity: Protocol = {
  id: 'sanity',
  title: 'Sanity checks',
  localization: { ...standard.localization, targets: [] },
  faithfulness: { ...standard.faithfulness, targets: [] },
  robustness: { images: 'all', radius: 0.2, draws: 10, budget: 4 },
  randomisation: { images: 'all', alike: 0.5, budget: 4 },
}

export const protocols = { paper, standard, full, rise, sanity } as const

export type ProtocolId = keyof typeof protocols

/** Classes of which a runner must make heatmaps under any of the protocols. */
export function targetsOf(...of: readonly Protocol[]): Target[] {
  return [...new Set(of.flatMap(protocol => metricGroups.flatMap(group => targetsOfGroup(protocol, group))))]
}
