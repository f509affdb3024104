import type { Trace } from '@vitrine/models'
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
import { UnsupportedError } from './errors.ts'
import { classGradient } from './gradients.ts'

/**
 * Options of class activation maps on tokens. The activations are the tokens after the first norm of a block (`layer`; the last block by
 * default), which that block's attention reads. Tokens after the last attention would not do: a head that reads the class token does
 * not depend on the patches there, so their gradient is zero.
 */
export const camOptions = { layer: layerOption() }

/**
 * What class activation maps read, `[batch, prefix + patches, channels]`: the tokens after the first norm of a block, or the last feature
 * map of a network with convolutions.
 *
 * @throws {UnsupportedError} where the model has no such block
 */
export function activationTensor(trace: Trace, layer: number): Tensor {
  if (!trace.featureMap) return blockAt(trace, layer).attentionInput
  if (layer === -1) return trace.featureMap
  throw new UnsupportedError(`layer: expected -1, the last feature map of a network with convolutions, got ${layer}`)
}

/** Whether only the positive part of the map is kept. */
export const rectifyOption = oneOf(true, false)

/** The activations of the patches in a block: `[batch, patches, channels]`. */
export const activationsOf = ({ model, trace }: ExplainContext, layer: number): Tensor =>
  patchTokens(model, activationTensor(trace, layer))

/**
 * The activations of the patches in a block, and the gradient of the explained class's logit with respect to them, each
 * `[batch, patches, channels]`.
 */
export function activationsWithGradient(
  context: ExplainContext,
  layer: number,
): { readonly activations: Tensor; readonly gradient: Tensor } {
  const activations = activationTensor(context.trace, layer)
  return {
    activations: patchTokens(context.model, activations),
    gradient: patchTokens(context.model, classGradient(context, activations)),
  }
}

/** The sum of activations over channels with weights `[batch, (patches or 1), channels]`, as a map `[batch, rows, columns]`. */
export function weightedMap({ model }: ExplainContext, weights: Tensor, activations: Tensor, rectify: boolean): Tensor {
  const map = onGrid(model, sum(mul(weights, activations), [-1]))
  return rectify ? relu(map) : map
}

/** Subtracts each channel's mean over the patches. */
export const centred = (x: Tensor): Tensor => sub(x, mean(x, [1]))

/** `[batch, patches, channels]` projected on its first principal axis, as a map `[batch, rows, columns]`. */
export const principalMap = ({ model }: ExplainContext, x: Tensor): Tensor =>
  onGrid(model, principalComponent(matmul(x, x, false, true)))

// The matrix is raised to the power 2^13 = 8192, so an eigenvalue that is 1/500 smaller than the largest counts
// (1 - 1/500)^8192 = 1e-7 as much.
const SQUARINGS = 13

/**
 * The eigenvector of the largest eigenvalue, times the square root of that eigenvalue: `[batch, n, 1]`, of symmetric matrices
 * `[batch, n, n]` that have no negative eigenvalue of like size. Found by repeated squaring. The sign is chosen so that the entry of
 * largest absolute value is positive.
 */
export function principalComponent(matrix: Tensor): Tensor {
  const n = dim(matrix.shape, -1)
  const diagonal = (x: Tensor): Tensor => sum(mul(x, eye(n)), [-1])
  const scaled = (x: Tensor): Tensor => div(x, sum(diagonal(x), [-2]))
  let power = scaled(matrix)
  for (let i = 0; i < SQUARINGS; i++) power = scaled(matmul(power, power))
  const largest = oneHot(argmax(reshape(diagonal(power), [-1, n])), n)
  // Two products with the matrix itself remove the rounding of the squarings.
  const step = (v: Tensor): Tensor => unit(matmul(matrix, v))
  const direction = step(step(unit(matmul(power, reshape(largest, [-1, n, 1])))))
  const eigenvalue = sum(mul(direction, matmul(matrix, direction)), [-2])
  return mul(direction, sqrt(relu(eigenvalue)))
}

const unit = (v: Tensor): Tensor => div(v, sqrt(sum(mul(v, v), [-2])))
