/** `[xmin, ymin, xmax, ymax]` in pixels of the annotated image. */
export type Box = readonly [xmin: number, ymin: number, xmax: number, ymax: number]

/** In pixels. */
export interface Size {
  width: number
  height: number
}

/** The model's input, `[channels, height, width]`, normalised. */
export interface InputImage extends Size {
  readonly values: Float32Array
}

export interface Heatmap {
  rows: number
  columns: number
  /** `[rows, columns]` */
  values: ArrayLike<number>
  /** `relative`: min-max normalised by the protocol. `unit`: already in [0, 1] and taken as it is. */
  scale: 'relative' | 'unit'
  /** Whether negative values mean evidence against; not by default. */
  signed?: boolean
}

export interface Truth {
  /** Size in pixels of the image that the boxes and the mask were drawn on. */
  width: number
  height: number
  boxes: readonly Box[]
  /** `[height, width]`, 1 inside the object */
  mask?: Uint8Array
  /** How many other things are in the image, as far as is known. */
  others?: number
}

/**
 * * `ok`: the numbers are there.
 * * `flat`: the map ranks nothing (max = min).
 * * `nan`: the map holds a NaN or an infinity.
 * * `empty-truth`: no pixel of the image is annotated.
 */
export type State = 'ok' | 'flat' | 'nan' | 'empty-truth'

/** The class that a heatmap explains: the one the model predicts or the one annotated. */
export type Target = 'predicted' | 'label'

/** Confusion counts in pixels, one number per threshold. */
export interface Counts {
  tp: number[]
  fp: number[]
  fn: number[]
  tn: number[]
}

/** Probability of the class at each perturbation step; the most or the least relevant pixels go first. */
export interface Curves {
  morf: number[]
  lerf: number[]
}

export type Curve = keyof Curves

/**
 * What a stored column is about: overlap over thresholds; faithfulness to the model; where the map points, without a threshold; and how it
 * fails: it follows texture, spreads over everything, stays the same while the model changes its mind, or does not tell classes apart;
 * Insertion and Deletion; and what the model says of the image multiplied by the map. Then whether its values are those that the removal of
 * regions, of things in the scene, or of its own groups of pixels would have; localization as other benchmarks measure it; how much a map says;
 * whether it adds up to what its method claims; and whether maps of the classes of a mosaic lie in their pictures. At last whether it stays the same
 * where little changes, in the image, and changes where all does, in the model.
 */
export type MetricGroup =
  | 'localization'
  | 'faithfulness'
  | 'pointing'
  | 'texture'
  | 'diffusion'
  | 'frozen'
  | 'discrimination'
  | 'insertion'
  | 'soft-mask'
  | 'effects'
  | 'objects'
  | 'coherence'
  | 'benchmarks'
  | 'complexity'
  | 'completeness'
  | 'mosaic'
  | 'robustness'
  | 'randomisation'

/** What numbers of all images together are computed from: numbers of an image by name, one or a list. */
export type Parts = Readonly<Record<string, number | readonly number[]>>

/**
 * What is kept of one image and group: a number per metric, or what its metrics are computed from. `too-dear`: following the map takes more
 * explanations than the protocol allows. `too-few`: the image does not have the things that are compared.
 */
export type GroupColumns<Values = Readonly<Record<string, number | null>>> =
  | { readonly state: 'ok'; readonly values: Values; readonly parts?: Parts }
  | { readonly state: Exclude<State, 'ok'> | 'too-dear' | 'too-few' }
