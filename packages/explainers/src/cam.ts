import {
  argmax,
  dim,
  div,
  eye,
  matmul,
  mean,
  mul,
  oneHot,
  relu,
  reshape,
  sqrt,
  sub,
  sum,
  type Tensor,
} from '@vitrine/tensor'
import { blockAt, layerOption, onGrid, patchTokens } from './attention.ts'
import type { ExplainContext } from './contract/context.ts'
import { oneOf } from './contract/options.ts'
import { classGradient } from './gradients.ts'

/**
 * Options of class activation maps on tokens. The activations are those after a block's first norm (`layer`, the last block unless told
 * otherwise): what that block's attention is made from. After the last attention, the patches no longer reach a head that reads the
 * class token, and every gradient on them is zero.
 */
export const camOptions = { layer: layerOption() }

/** Whether only the positive part of the map is kept. */
export const rectifyOption = oneOf(true, false)

/** A layer's activations patch by patch: `[batch, patches, channels]`. */
export const activationsOf = ({ model, trace }: ExplainContext, layer: number): Tensor =>
  patchTokens(model, blockAt(trace, layer).attentionInput)

/** A layer's activations and the gradient of the explained class's logit with respect to them: `[batch, patches, channels]` each. */
export function activationsWithGradient(
  context: ExplainContext,
  layer: number,
): { readonly activations: Tensor; readonly gradient: Tensor } {
  const { attentionInput } = blockAt(context.trace, layer)
  return {
    activations: patchTokens(context.model, attentionInput),
    gradient: patchTokens(context.model, classGradient(context, attentionInput)),
  }
}

/** Activations summed over channels with weights `[batch, (patches or 1), channels]`, on the grid. */
export function weightedMap({ model }: ExplainContext, weights: Tensor, activations: Tensor, rectify: boolean): Tensor {
  const map = onGrid(model, sum(mul(weights, activations), [-1]))
  return rectify ? relu(map) : map
}

/** Each channel's mean over the patches taken away. */
export const centred = (x: Tensor): Tensor => sub(x, mean(x, [1]))

/** `[batch, patches, channels]` projected on its first principal axis, on the grid. */
export const principalMap = ({ model }: ExplainContext, x: Tensor): Tensor =>
  onGrid(model, principalComponent(matmul(x, x, false, true)))

// G^(2^k): neighbouring eigenvalues that differ by one part in 500 are told apart to 1e-7.
const SQUARINGS = 13

/**
 * The eigenvector of the largest eigenvalue of symmetric matrices `[batch, n, n]` without negative eigenvalues of that size, times the
 * root of the eigenvalue: `[batch, n, 1]`. By repeated squaring; the sign is such that the entry of largest size is positive.
 */
export function principalComponent(matrix: Tensor): Tensor {
  const n = dim(matrix.shape, -1)
  const diagonal = (x: Tensor): Tensor => sum(mul(x, eye(n)), [-1])
  const scaled = (x: Tensor): Tensor => div(x, sum(diagonal(x), [-2]))
  let power = scaled(matrix)
  for (let i = 0; i < SQUARINGS; i++) power = scaled(matmul(power, power))
  const largest = oneHot(argmax(reshape(diagonal(power), [-1, n])), n)
  // Rounding in the squarings is taken out by products with the matrix itself.
  const step = (v: Tensor): Tensor => unit(matmul(matrix, v))
  const direction = step(step(unit(matmul(power, reshape(largest, [-1, n, 1])))))
  const eigenvalue = sum(mul(direction, matmul(matrix, direction)), [-2])
  return mul(direction, sqrt(relu(eigenvalue)))
}

const unit = (v: Tensor): Tensor => div(v, sqrt(sum(mul(v, v), [-2])))
