import type { ExplainableModel } from '@vitrine/models'
import { abs, dim, max, mul, type Rules, reshape, sum, type Tensor, transpose } from '@vitrine/tensor'
import { blockAt, onGrid, patchTokens } from './attention.ts'
import type { ExplainContext } from './contract/context.ts'
import { oneOf } from './contract/options.ts'
import { classGradient } from './gradients.ts'

/** Whether a map has the sum over each patch, `[batch, rows, columns]`, or a value per pixel, `[batch, height, width]`. */
export const grainOption = oneOf('patches', 'pixels')

/** How the channels of `[batch, channels, height, width]` are reduced to one value per pixel. */
const CHANNELS = {
  sum: (x: Tensor) => sum(x, [1]),
  'sum-abs': (x: Tensor) => sum(abs(x), [1]),
  'max-abs': (x: Tensor) => max(abs(x), [1]),
} as const

export type Channels = keyof typeof CHANNELS

/**
 * A map from evidence per input value `[batch, 3, height, width]`: channels are reduced, and pixels summed over patches if `grain`
 * says so.
 */
export function pixelMap(
  { input: { patchSize, imageSize }, grid }: ExplainableModel,
  evidence: Tensor,
  grain: 'patches' | 'pixels',
  channels: Channels = 'sum',
): Tensor {
  const pixels = reshape(CHANNELS[channels](evidence), [-1, imageSize.height, imageSize.width])
  if (grain === 'pixels') return pixels
  const cells = reshape(pixels, [-1, grid.rows, patchSize.height, grid.columns, patchSize.width])
  return reshape(sum(cells, [2, 4]), [-1, grid.rows, grid.columns])
}

/**
 * Puts patches back in their places, as the patch embedding cut them out: `[batch, patches, 3 * height * width]` ->
 * `[batch, 3, height, width]`.
 */
export function assembleImage({ input: { patchSize, imageSize }, grid }: ExplainableModel, cells: Tensor): Tensor {
  const apart = reshape(cells, [-1, grid.rows, grid.columns, 3, patchSize.height, patchSize.width])
  return reshape(transpose(apart, [0, 3, 1, 4, 2, 5]), [dim(cells.shape, 0), 3, imageSize.height, imageSize.width])
}

/** Where relevance is read: at the pixels, or at the tokens that enter the first block (patch embedding plus position). */
export const levelOption = oneOf('pixels', 'tokens')

/** Value times gradient of the explained class's logit under the given rules, at the pixels or at the tokens that enter the first block. */
export function inputRelevance(
  context: ExplainContext,
  {
    level,
    grain,
    rules,
  }: { readonly level: 'pixels' | 'tokens'; readonly grain: 'patches' | 'pixels'; readonly rules: Rules },
): Tensor {
  const { model, image, trace } = context
  if (level === 'pixels') return pixelMap(model, mul(image, classGradient(context, image, { rules })), grain)
  const { input } = blockAt(trace, 0)
  return onGrid(model, sum(patchTokens(model, mul(input, classGradient(context, input, { rules }))), [-1]))
}
