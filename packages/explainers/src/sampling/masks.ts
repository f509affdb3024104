import type { ExplainableModel } from '@vitrine/models'
import { broadcast, constant, dim, matmul, mul, reshape, type Tensor } from '@vitrine/tensor'
import type { Numbers, ProgramContext } from '../contract/context.ts'
import { pick } from '../gradients.ts'

/** Which number of the explained class a masked forward pass returns. */
export type Score = 'logit' | 'probability'

/**
 * The score of the explained class, `[batch]`, for the image times a mask that broadcasts to `[batch, 1, height, width]`. The image is
 * normalised, so where the mask is 0 it shows the mean colour of the training set.
 */
export function maskedScore({ model, image, target }: ProgramContext, mask: Tensor, score: Score): Tensor {
  const { logits, probabilities } = model.trace(mul(image, mask))
  return pick(score === 'logit' ? logits : probabilities, target)
}

/** Repeats each patch's number on all of its pixels: `[batch, rows, columns]` -> `[batch, 1, height, width]`. */
export function patchPixels({ input: { patchSize, imageSize } }: ExplainableModel, patches: Tensor): Tensor {
  const [batch = 1, rows = 1, columns = 1] = patches.shape
  const cells = broadcast(reshape(patches, [batch, rows, 1, columns, 1]), [
    batch,
    rows,
    patchSize.height,
    columns,
    patchSize.width,
  ])
  return reshape(cells, [batch, 1, imageSize.height, imageSize.width])
}

/**
 * Bilinear weights `[size, cells]` that resize a row of cells to `size` pixels. With `alignCorners` the centres of the outer cells lie on
 * the centres of the outer pixels, else the outer edges of both coincide, as in PyTorch's `interpolate`.
 */
export function bilinear(size: number, cells: number, alignCorners: boolean): Float64Array {
  const weights = new Float64Array(size * cells)
  for (let i = 0; i < size; i++) {
    const at = alignCorners ? (i * (cells - 1)) / Math.max(size - 1, 1) : ((i + 0.5) * cells) / size - 0.5
    const clamped = Math.min(Math.max(at, 0), cells - 1)
    const low = Math.floor(clamped)
    const high = Math.min(low + 1, cells - 1)
    weights[i * cells + low] = (weights[i * cells + low] ?? 0) + 1 - (clamped - low)
    weights[i * cells + high] = (weights[i * cells + high] ?? 0) + clamped - low
  }
  return weights
}

/** Resizes maps on the patch grid to the image, bilinear: `[batch, rows, columns]` -> `[batch, 1, height, width]`. */
export function resized({ input: { imageSize } }: ExplainableModel, maps: Tensor, alignCorners: boolean): Tensor {
  const [batch, rows, columns] = [dim(maps.shape, 0), dim(maps.shape, 1), dim(maps.shape, 2)]
  const down = constant(bilinear(imageSize.height, rows, alignCorners), [imageSize.height, rows])
  const across = constant(bilinear(imageSize.width, columns, alignCorners), [imageSize.width, columns])
  const pixels = matmul(matmul(broadcast(down, [batch, imageSize.height, rows]), maps), across, false, true)
  return reshape(pixels, [batch, 1, imageSize.height, imageSize.width])
}

/** The sum over each patch of a map on the image's pixels (of all channels, where there are several). */
export function patchSums({ input: { patchSize, imageSize }, grid }: ExplainableModel, pixels: Numbers): Float64Array {
  const sums = new Float64Array(grid.rows * grid.columns)
  const { height, width } = imageSize
  for (let row = 0; row < pixels.length / width; row++) {
    const first = Math.floor((row % height) / patchSize.height) * grid.columns
    for (let x = 0; x < width; x++) {
      const patch = first + Math.floor(x / patchSize.width)
      sums[patch] = (sums[patch] ?? 0) + (pixels[row * width + x] ?? 0)
    }
  }
  return sums
}

/** The mean over each patch of a map on the image's pixels. */
export const patchMeans = (model: ExplainableModel, pixels: Numbers): Float64Array =>
  patchSums(model, pixels).map(sum => sum / (model.input.patchSize.height * model.input.patchSize.width))

/** The patch grid cut into squares. */
export interface Segments {
  readonly count: number
  /** The segment of each patch. */
  readonly of: readonly number[]
  /** The same number for every segment. */
  all(value: number): number[]
}

/** Cuts the patch grid into squares of `size` by `size` patches; those at the right and lower border may be smaller. */
export function segments({ grid: { rows, columns } }: ExplainableModel, size: number): Segments {
  const across = Math.ceil(columns / size)
  const of = Array.from(
    { length: rows * columns },
    (_, patch) => Math.floor(Math.floor(patch / columns) / size) * across + Math.floor((patch % columns) / size),
  )
  const count = Math.ceil(rows / size) * across
  return { count, of, all: value => Array<number>(count).fill(value) }
}

/** A map from one number per segment: each patch has that of its segment. */
export const spread = ({ of }: Segments, values: ArrayLike<number>): Float64Array =>
  Float64Array.from(of, segment => values[segment] ?? 0)
