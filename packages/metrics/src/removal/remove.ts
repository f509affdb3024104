import { applyMask } from '../faithfulness/perturbation.ts'
import type { PixelMask } from '../faithfulness/ties.ts'
import { gaussianBlur } from '../paths/blur.ts'
import type { Protocol, Removal } from '../protocol.ts'
import type { InputImage } from '../types.ts'
import { imputer } from './imputation.ts'
import { kernelBlur } from './kernel-blur.ts'
import { meanColour } from './mean-colour.ts'

/** What takes pixels away, and leaves an image. */
export type PixelRemoval = Exclude<Removal, { kind: 'token-drop' }>

/** An image, and what removals need to know of it. */
export interface RemovedImage extends InputImage {
  /** What a black pixel is in the normalised input, per channel: `-mean / std`. */
  readonly black: readonly number[]
  /** 32-bit integer that decides noise. */
  readonly seed: number
}

/** Writes the image without the pixels of a mask: `[channels, height, width]`. */
export type Remover = (mask: PixelMask, out: Float32Array) => void

/** Puts another image where the mask is, or zeros. */
const substitute =
  ({ values }: InputImage, other?: Float32Array): Remover =>
  (mask, out) => {
    applyMask(values, mask, out, other)
  }

/** An image of one colour. */
const plain = ({ values, width, height }: InputImage, colour: readonly number[]): Float32Array =>
  values.map((_, i) => colour[Math.floor(i / (width * height))] ?? 0)

const removers: {
  readonly [Kind in PixelRemoval['kind']]: (
    image: RemovedImage,
    removal: Extract<PixelRemoval, { kind: Kind }>,
  ) => Remover
} = {
  zero: image => substitute(image),
  black: image => substitute(image, plain(image, image.black)),
  'mean-colour': image => substitute(image, plain(image, meanColour(image))),
  blur: (image, { sigma }) => substitute(image, gaussianBlur(image, sigma)),
  'kernel-blur': (image, { size, sigma }) => substitute(image, kernelBlur(image, size, sigma)),
  'linear-imputation': (image, { noise }) => imputer(image, noise),
}

/**
 * What takes pixels away from one image.
 *
 * @example
 * const remove = removerOf({ kind: 'blur', sigma: 12 }, image)
 * remove(mask, batch.subarray(image.values.length))
 */
export const removerOf = (removal: PixelRemoval, image: RemovedImage): Remover =>
  (removers[removal.kind] as (image: RemovedImage, removal: PixelRemoval) => Remover)(image, removal)

/** What becomes of what the curves of a protocol take away. */
export const removalOf = ({ faithfulness: { removal } }: Protocol): Removal => removal ?? { kind: 'zero' }

/** Equal for removals that do the same. */
export const removalKey = (removal: Removal): string =>
  Object.entries(removal)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .join(' ')

/** Whether an image without any of its pixels is the same for all images. */
export const leavesNothing = ({ kind }: Removal): boolean => kind === 'zero' || kind === 'black'

/** Whether patches are taken away, and not pixels. */
export const takesPatches = (removal: Removal): removal is Extract<Removal, { kind: 'token-drop' }> =>
  removal.kind === 'token-drop'
