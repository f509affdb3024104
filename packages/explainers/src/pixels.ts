import type { VisionTransformer } from '@vitrine/models'
import { abs, dim, max, mul, type Rules, reshape, sum, type Tensor, transpose } from '@vitrine/tensor'
import { onGrid, patchTokens } from './attention.ts'
import type { ExplainContext } from './contract/context.ts'
import { oneOf } from './contract/options.ts'
import { classGradient } from './gradients.ts'

/** Whether evidence per pixel is added up over each patch, `[batch, rows, columns]`, or shown as it is, `[batch, height, width]`. */
export const grainOption = oneOf('patches', 'pixels')

/** Reduces the channels of `[batch, channels, height, width]`. */
const CHANNELS = {
  sum: (x: Tensor) => sum(x, [1]),
  'sum-abs': (x: Tensor) => sum(abs(x), [1]),
  'max-abs': (x: Tensor) => max(abs(x), [1]),
} as const

export type Channels = keyof typeof CHANNELS

/** Evidence per input value `[batch, 3, height, width]` as a map: channels reduced, pixels added up over patches on request. */
export function pixelMap(
  { config, grid }: VisionTransformer,
  evidence: Tensor,
  grain: 'patches' | 'pixels',
  channels: Channels = 'sum',
): Tensor {
  const { patchSize, imageSize } = config
  const pixels = reshape(CHANNELS[channels](evidence), [-1, imageSize.height, imageSize.width])
  if (grain === 'pixels') return pixels
  const cells = reshape(pixels, [-1, grid.rows, patchSize.height, grid.columns, patchSize.width])
  return reshape(sum(cells, [2, 4]), [-1, grid.rows, grid.columns])
}

/** Values patch by patch, as the patch embedding takes the image apart, put back in place: `[batch, patches, 3 * height * width]` -> `[batch, 3, height, width]`. */
export function assembleImage({ config, grid }: VisionTransformer, cells: Tensor): Tensor {
  const { patchSize, imageSize } = config
  const apart = reshape(cells, [-1, grid.rows, grid.columns, 3, patchSize.height, patchSize.width])
  return reshape(transpose(apart, [0, 3, 1, 4, 2, 5]), [dim(cells.shape, 0), 3, imageSize.height, imageSize.width])
}

/** Where relevance that is gradient x value ends: at the pixels, or at the tokens that enter the first block, positions included. */
export const levelOption = oneOf('pixels', 'tokens')

/** Value x gradient of the explained class's logit under the given rules: at the pixels or at the tokens that enter the first block. */
export function inputRelevance(
  context: ExplainContext,
  {
    level,
    grain,
    rules,
  }: { readonly level: 'pixels' | 'tokens'; readonly grain: 'patches' | 'pixels'; readonly rules: Rules },
): Tensor {
  const { model, image, trace } = context
  const tokens = trace.blocks[0]?.input
  if (level === 'tokens' && tokens)
    return onGrid(model, sum(patchTokens(model, mul(tokens, classGradient(context, tokens, { rules }))), [-1]))
  return pixelMap(model, mul(image, classGradient(context, image, { rules })), grain)
}
