/** Of a picture. */
export interface Size {
  /** Pixels per row. */
  readonly width: number
  /** Rows. */
  readonly height: number
}

/** An image in memory. */
export interface RgbImage extends Size {
  /** `[row, column, rgb]`, 0 to 255. */
  readonly data: Uint8Array
}

/** Pixels; `xmax` and `ymax` are exclusive, so a box of one pixel is `[x, y, x + 1, y + 1]`. */
export type Box = readonly [xmin: number, ymin: number, xmax: number, ymax: number]

/** Where one thing is in an image. */
export interface Thing {
  /** What can be seen of it lies inside; with a mask, the smallest such box. */
  readonly box: Box
  /** `[row, column]` of the whole image, 1 where it can be seen and 0 elsewhere. */
  readonly mask?: Uint8Array
}

/** One thing in an image that belongs to a class of the dataset. */
export interface SceneObject extends Thing {
  /** Index into the dataset's `classNames`. */
  readonly label: number
}

export interface Sample {
  /** Stable name, the same for the same content: `icon-scenes/0/00017`. */
  readonly id: string
  /** The image as it was annotated, in any size: boxes and masks are in its pixels, and whoever runs a model resizes. */
  readonly image: RgbImage
  /** The class to explain, an index into the dataset's `classNames`. */
  readonly label: number
  /** Objects of the dataset's classes; what else is in the image is not listed. None where nothing is annotated. */
  readonly objects: readonly SceneObject[]
  /** Things of no class that can be seen in the image, where they are known. */
  readonly distractors?: readonly Thing[]
  /** The `work` of each licence that applies to this image. */
  readonly credits?: readonly string[]
  /** What of the annotation was scaled, clipped or left out: the same words for the same kind of thing, so that they can be counted. */
  readonly notes?: readonly string[]
}

/** Someone else's work in a dataset. */
export interface Licence {
  readonly work: string
  readonly author: string
  /** Where the work comes from. */
  readonly source: string
  /** Name to print, such as `CC BY 4.0`. */
  readonly title: string
  /** SPDX identifier, such as `CC-BY-4.0`. */
  readonly spdx: string
  /** Where the licence can be read. */
  readonly url: string
  /** What was done to the work, where a licence such as CC BY asks for it: `Icons, changed in colour`. */
  readonly changes?: string
}

/** What a class can be recognised by in a model, whatever the order of its classes. */
export interface ClassIdentity {
  /** The class's index in every model, where the data say it: in ImageNet's 1,000 classes, or as the number that a folder is named by. */
  readonly index?: number
  /** WordNet's synset, such as `n01440764`. */
  readonly synset?: string
  /** Each name by itself, as `normalName` writes it: `tench` and `tinca tinca`. */
  readonly names: readonly string[]
}

/** A fixed sequence of labelled images. */
export interface Dataset {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Number of samples. */
  readonly size: number
  readonly classNames: readonly string[]
  /** One for each of `classNames`. */
  readonly classes?: readonly ClassIdentity[]
  /** What was left out of the data at opening, and other things that a user should know: sentences to print. */
  readonly notes?: readonly string[]
  /** Hexadecimal; differs whenever any sample could differ. What that means for files: see `fingerprint` in files.ts. */
  readonly hash: string
  readonly licences: readonly Licence[]
  /**
   * Sample `index` in `0 .. size - 1`; the same for the same index, whatever was asked for before. Rejects with a `DatasetError` beyond, and with
   * a `SampleError` where that sample's files cannot be read.
   */
  sample(index: number): Promise<Sample>
  /**
   * Sample `index` rendered again without each of its things: first without each of `objects`, then without each of `distractors`, in their order.
   * Only of pictures that are rendered, and whose things are all known.
   */
  without?(index: number): Promise<readonly RgbImage[]>
}
