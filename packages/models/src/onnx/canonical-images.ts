import * as t from '@vitrine/tensor'
import { dim, isFixed, type Pair, sizeOf, type Tensor } from '@vitrine/tensor'
import { reshape, transpose } from './canonical-views.ts'

/*
 * Feature maps, `[batch, channels, height, width]`, are views of tokens, `[batch, height * width, channels]`: a convolution is a linear layer
 * on rows of windows, and what is done to each channel is done to the last axis, as everywhere else.
 */

/** A feature map as tokens. */
export function tokensOf(x: Tensor): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape
  return reshape(transpose(x, [0, 2, 3, 1]), [batch, height * width, channels])
}

/** Tokens as a feature map. */
export function asImage(tokens: Tensor, [height, width]: Pair): Tensor {
  const [batch = 1, , channels = 1] = tokens.shape
  return transpose(reshape(tokens, [batch, height, width, channels]), [0, 3, 1, 2])
}

/** Whether a tensor is a feature map that was made of tokens. */
const isFeatureMap = (x: Tensor): boolean =>
  !isFixed(x) && x.op === 'transpose' && `${x.params.permutation}` === '0,3,1,2'

/** Whether a tensor has one number for each channel of a feature map, the same for all images or one for each. */
function isOfChannels(y: Tensor, x: Tensor): boolean {
  const [batch, channels = 1] = x.shape
  if (channels === 1 || dim(y.shape, -1) !== 1 || y.shape.length < 3 || sizeOf(y.shape.slice(-2)) !== 1) return false
  return (
    dim(y.shape, -3) === channels &&
    (isFixed(y) ? sizeOf(y.shape) === channels : y.shape.length === 4 && y.shape[0] === batch)
  )
}

/** A function of a feature map and a number for each of its channels, on tokens and the last axis; undefined for other operands. */
export function byChannels(x: Tensor, y: Tensor, f: (tokens: Tensor, y: Tensor) => Tensor): Tensor | undefined {
  if (!isFeatureMap(x) || y.shape.length === 0 || !isOfChannels(y, x)) return undefined
  const [, channels = 1, height = 1, width = 1] = x.shape
  return asImage(f(tokensOf(x), isFixed(y) ? t.reshape(y, [channels]) : tokensOf(y)), [height, width])
}
