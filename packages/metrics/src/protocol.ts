import type { Target } from './types.ts'

/** Whether a box has the pixels of its last column and row: `inclusive` up to and with xmax and ymax, `half-open` up to before them. */
export type Fill = 'inclusive' | 'half-open'

/** How the map becomes a set of pixels. */
export type Prediction =
  /** The pixels above the threshold. */
  | { kind: 'mask' }
  /**
   * The union of the bounding boxes of the 8-connected components above the threshold. A component that lies in a hole of another one
   * has no box of its own.
   */
  | { kind: 'component-boxes'; fill: Fill }

/** How the annotation becomes a set of pixels. */
export type TruthRule =
  /** Boxes on the grid: every coordinate is `trunc(x / width * gridWidth)`. */
  | { kind: 'boxes'; fill: Fill }
  /** The object mask; without one, the pixels whose centres lie in a box. */
  | { kind: 'mask-or-boxes'; fill: Fill }

/** The grid on which map and truth meet. */
export type Grid =
  | { kind: 'fixed'; width: number; height: number }
  /** The pixels of the annotated image, so that the annotation is never resampled. */
  | { kind: 'annotation' }

export type Division =
  /** `(numerator + value) / (denominator + value)` */
  | { kind: 'epsilon'; value: number }
  /**
   * `numerator / denominator`, and `zeroOverZero` for 0/0. With a non-empty truth only precision can meet 0/0: no pixel is above the
   * threshold. Such images are counted as `emptyPredictions`.
   */
  | { kind: 'exact'; zeroOverZero: number }

/** Which images are in the means. */
export type ImageRule = 'all' | 'correct-prediction'

/**
 * Which annotated objects count. `label`: those of the labelled class. `explained-else-label`: those of the explained class, and the
 * labelled ones where the image has none of it.
 */
export type TruthObjects = 'label' | 'explained-else-label'

/**
 * The value that orders the pixels. `above-one`: `float32(1 + normalised map)`, in which small values that differ by less than 2^-24 tie.
 */
export type Ranking = 'normalized' | 'above-one'

/** Which of several pixels with the same value counts as the more relevant one. */
export type TieRule =
  /** Whatever falls into the first k places of the quickselect that `torch.topk` runs on a CPU; drawn anew for every step and curve. */
  | { kind: 'introselect' }
  /** The first in row-major order, for both curves. */
  | { kind: 'index' }
  /** A shuffle made from the recorded seed; LeRF walks MoRF's order backwards. */
  | { kind: 'seeded' }

/** `mean`: the mean of the samples. `trapezoid`: the integral of the polygon, over its length. */
export type AreaRule = 'mean' | 'trapezoid'

/** A way to take the evidence from an image step by step; a map is made anew at each step. */
export type Path =
  /** The method's own MoRF order; the steps are some of those of the faithfulness curves. */
  | { kind: 'removal'; steps: readonly number[] }
  /** The same Gaussian noise, stronger at each step; standard deviations in the normalised input. */
  | { kind: 'noise'; steps: readonly number[] }
  /** A Gaussian blur; standard deviations in pixels of the input. */
  | { kind: 'blur'; steps: readonly number[] }
  /**
   * The object is covered from left to right; shares of its pixels. What covers it is a distractor of the same image, its picture stretched
   * over the object's box; where none is known, what the image shows half a picture away, in the object's shape. The column `occluder` says
   * which of both.
   */
  | { kind: 'occlusion'; steps: readonly number[] }

/** How the metrics of maps that fail are computed: pointing, texture, diffusion, pairs of classes and paths. */
export interface DiagnosticRules {
  /** Explained classes of the metrics of a single map. Paths explain the predicted class, and two-object images both of theirs. */
  targets: readonly Target[]
  images: ImageRule
  /** The share of a map's mass that its effective area holds. */
  massHeld: number
  paths: readonly Path[]
  /** A method whose explanation takes more forward passes than this is not followed along the paths. */
  pathBudget: number
  /** A confidence that lost more than this share has fallen. */
  fall: number
  /** Maps whose Spearman is above this are the same. */
  similar: number
}

/** The regions of the metrics of `effects`. No map decides them, so that they are removed once per image for all methods. */
export interface EffectRules {
  targets: readonly Target[]
  images: ImageRule
  /** The image is divided into `grid` x `grid` regions, each of which is removed alone. */
  grid: number
  /** Shares of the model's patches that are removed together. */
  shares: readonly number[]
  /** The one of `shares` at which metrics are computed that are defined for sets of one size. */
  fidelity: number
  /** Random sets of patches for each share. */
  draws: number
}

/** Of which maps it is measured whether they add up to what their method claims. */
export interface CompletenessRules {
  targets: readonly Target[]
  images: ImageRule
}

/** Mosaics of each image with the next images of other classes. */
export interface MosaicRules {
  images: ImageRule
  /** Methods whose explanation takes more forward passes than this are not asked about mosaics. */
  budget: number
}

/** Images close to each image, whose maps should be close to its map. The predicted class is explained. */
export interface RobustnessRules {
  images: ImageRule
  /** The most that is added to a value of the normalised input, or taken from it. */
  radius: number
  /** Images close by, drawn at random. */
  draws: number
  /** Methods whose explanation takes more forward passes than this are not asked. */
  budget: number
}

/** Models with random parameters, whose maps should be other ones. The predicted class is explained, and one of the other classes. */
export interface RandomisationRules {
  images: ImageRule
  /** A method fails where the mean Spearman of its maps with those of a random model is above this. */
  alike: number
  /** Methods whose explanation takes more forward passes than this are not asked. */
  budget: number
}

/** The groups of pixels of the metrics of `coherence`. */
export interface CoherenceRules {
  targets: readonly Target[]
  images: ImageRule
  /** Groups of equally many pixels, from the highest of a map to its lowest, each of which is removed alone. */
  groups: number
}

/** What becomes of what is taken away from an image. */
export type Removal =
  /** 0 in every channel of the normalised input: the mean colour of the training images. */
  | { readonly kind: 'zero' }
  | { readonly kind: 'black' }
  /** The mean colour of the image. */
  | { readonly kind: 'mean-colour' }
  /** The image blurred by a Gaussian, edges repeated; standard deviation in pixels of the input. */
  | { readonly kind: 'blur'; readonly sigma: number }
  /** The image blurred as in RISE: by the `size` x `size` kernel that a Gaussian makes of an impulse, zeros beyond the edges. */
  | { readonly kind: 'kernel-blur'; readonly size: number; readonly sigma: number }
  /**
   * Noisy linear imputation (ROAD): each pixel is the weighted mean of its eight neighbours, plus Gaussian noise; standard deviation in the
   * normalised input. Where no pixel is left, the mean colour of the image.
   */
  | { readonly kind: 'linear-imputation'; readonly noise: number }
  /** Patches are not there: a Vision Transformer computes with the tokens that are left. */
  | { readonly kind: 'token-drop' }

/** Insertion and Deletion: pixels that are put into a blurred image, and taken away, step by step. */
export interface InsertionRules {
  /** Explained classes. */
  targets: readonly Target[]
  images: ImageRule
  /** How many equal steps, or the shares of the pixels at each, ascending from 0 to 1. */
  steps: number | readonly number[]
  /** What the image of Insertion starts as. */
  start: Removal
  /** What Deletion leaves. */
  end: Removal
}

/** How the confidence changes when the image is multiplied by the map. */
export interface SoftMaskRules {
  /** Explained classes. */
  targets: readonly Target[]
  images: ImageRule
}

/**
 * All choices that turn maps into numbers, as plain data: it is recorded with every result. What all protocols do alike is no choice; see
 * `conventions`.
 */
export interface Protocol {
  id: string
  title: string
  localization: {
    /** Explained classes; a heatmap of each is needed. */
    targets: readonly Target[]
    /** Images in the means. */
    images: ImageRule
    grid: Grid
    /** Strictly ascending. */
    thresholds: readonly number[]
    prediction: Prediction
    truth: TruthRule
    objects: TruthObjects
    division: Division
    area: AreaRule
  }
  faithfulness: {
    /** Explained classes; a heatmap and both curves of each are needed. */
    targets: readonly Target[]
    images: ImageRule
    /** Shares of masked pixels; `floor(pixels * share)` pixels are masked. Of patches, where those are taken away. */
    steps: readonly number[]
    ranking: Ranking
    ties: TieRule
    area: AreaRule
    /** What becomes of masked pixels; `zero` if absent. */
    removal?: Removal
  }
  /** Without it, how maps fail is not measured. */
  diagnostics?: DiagnosticRules
  /** Without it, what the removal of regions does is not measured. */
  effects?: EffectRules
  /** Without it, what the removal of a map's own groups of pixels does is not measured. */
  coherence?: CoherenceRules
  /** Without it, what maps add up to is not measured. */
  completeness?: CompletenessRules
  /** Without it, mosaics are not explained. */
  mosaic?: MosaicRules
  /** Without it, images close by are not explained. */
  robustness?: RobustnessRules
  /** Without it, models with random parameters are not explained. */
  randomisation?: RandomisationRules
  /** Without it, Insertion and Deletion are not measured. */
  insertion?: InsertionRules
  /** Without it, the image multiplied by the map is not measured. */
  softMask?: SoftMaskRules
}

/** What every protocol does, in words: question and answer. */
export const conventions: readonly { readonly question: string; readonly answer: string }[] = [
  {
    question: "The map's way to another grid",
    answer: 'bilinear, centres of pixels on half coordinates, no antialiasing, in float32',
  },
  { question: 'Normalisation of a relative map', answer: 'from its least value to its greatest, to 0 and 1' },
  {
    question: 'A pixel belongs to the prediction when',
    answer: 'its float32 value is strictly greater than the threshold',
  },
  {
    question: 'What a pixel taken away becomes, where the protocol does not say',
    answer: '0 in every channel of the normalised input',
  },
  { question: 'What the curves follow', answer: 'the probability of the explained class' },
]
