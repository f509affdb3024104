import * as t from '@vitrine/tensor'
import { dim, isFixed, sizeOf, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import { add, layerNorm, mul, softmax } from '../canonical.ts'
import { axisOf, type Operation, type Translation, type Translations } from '../operation.ts'

const Softmax: Translation = operation => {
  const x = operation.tensor(0)
  const rank = x.shape.length
  const old = operation.graph.opset < 13
  const axis = axisOf(operation.int('axis', old ? 1 : -1), rank)
  // Before opset 13 all axes from this one on are one.
  if (old && axis !== rank - 1) {
    const rows = t.reshape(x, [x.shape.slice(0, axis).reduce((product, n) => product * n, 1), -1])
    return t.reshape(softmax(rows), x.shape)
  }
  if (axis === rank - 1) return softmax(x)
  const order = x.shape.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i))
  return t.transpose(softmax(t.transpose(x, order)), order)
}

const zerosLike = (x: Tensor): Tensor => t.broadcast(t.scalar(0), [dim(x.shape, -1)])

const LayerNormalization: Translation = operation => {
  const x = operation.tensor(0)
  if (axisOf(operation.int('axis', -1), x.shape.length) !== x.shape.length - 1)
    throw new ModelError('a norm over several axes is not read')
  const bias = operation.has(2) ? operation.tensor(2) : zerosLike(x)
  return layerNorm(x, operation.tensor(1), bias, operation.float('epsilon', 1e-5))
}

/** x / sqrt(mean of squares + epsilon) * scale (Zhang and Sennrich, 2019). */
const rmsNorm = (x: Tensor, scale: Tensor, epsilon: number): Tensor => {
  const square = mul(t.sum(t.mul(x, x), [-1]), t.scalar(1 / dim(x.shape, -1)))
  return mul(t.div(x, t.sqrt(t.add(square, epsilon))), scale)
}

const RMSNormalization: Translation = operation => {
  const x = operation.tensor(0)
  if (axisOf(operation.int('axis', -1), x.shape.length) !== x.shape.length - 1)
    throw new ModelError('a norm over several axes is not read')
  return rmsNorm(x, operation.tensor(1), operation.float('epsilon', 1e-5))
}

/** What ONNX Runtime's norms add up before they norm: two branches, and the bias of the linear layer that ends one of them. */
function branchesOf(operation: Operation, bias: number): Tensor {
  const [a, b] = [operation.tensor(0), operation.tensor(1)]
  if (!operation.has(bias)) return add(a, b)
  // The bias goes where its layer is, so that a branch is whole before it is added to the other.
  const isLayer = (x: Tensor) => x.op === 'matmul' && x.inputs.some(isFixed)
  const [layer, other] = isLayer(b) && !isLayer(a) ? [b, a] : [a, b]
  return add(add(layer, operation.tensor(bias)), other)
}

/** The norm, two statistics of training, and the sum that is normed. */
const withSum = (operation: Operation, norm: Tensor, sum: Tensor): readonly Tensor[] =>
  [norm, sum, sum, sum].slice(0, operation.results)

const SkipLayerNormalization: Translation = operation => {
  const sum = branchesOf(operation, 4)
  const bias = operation.has(3) ? operation.tensor(3) : zerosLike(sum)
  return withSum(operation, layerNorm(sum, operation.tensor(2), bias, operation.float('epsilon', 1e-12)), sum)
}

const SkipSimplifiedLayerNormalization: Translation = operation => {
  const sum = branchesOf(operation, 3)
  return withSum(operation, rmsNorm(sum, operation.tensor(2), operation.float('epsilon', 1e-12)), sum)
}

/** With statistics of training: a factor and a term for each channel, `[batch, channels, …]`. */
const BatchNormalization: Translation = operation => {
  if (operation.int('training_mode', 0) === 1)
    throw new ModelError('statistics of the batch: export the model for inference')
  const x = operation.tensor(0)
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map(i => operation.tensor(i)) as [Tensor, Tensor, Tensor, Tensor]
  const factor = t.div(scale, t.sqrt(t.add(variance, operation.float('epsilon', 1e-5))))
  const wide = (y: Tensor) => t.reshape(y, [1, -1, ...x.shape.slice(2).map(() => 1)])
  const channels = (y: Tensor) => (x.shape.length === 2 ? y : wide(y))
  return add(mul(x, channels(factor)), channels(t.sub(bias, t.mul(mean, factor))))
}

/** Each channel of each image less its mean and over its deviation; group norms are written so, a group as a channel. */
const InstanceNormalization: Translation = operation => {
  const x = operation.tensor(0)
  const [batch = 1, channels = 1, ...places] = x.shape
  const size = sizeOf(places)
  const [one, zero] = [t.broadcast(t.scalar(1), [size]), t.broadcast(t.scalar(0), [size])]
  const normed = t.layerNorm(t.reshape(x, [batch, channels, size]), one, zero, operation.float('epsilon', 1e-5))
  const wide = (operand: number) => t.reshape(operation.tensor(operand), [channels, 1])
  return t.reshape(t.add(t.mul(normed, wide(1)), wide(2)), x.shape)
}

/** Each vector over its length. */
const LpNormalization: Translation = operation => {
  const x = operation.tensor(0)
  if (operation.int('p', 2) !== 2) throw new ModelError('a length that is not Euclidean is not read')
  const axis = axisOf(operation.int('axis', -1), x.shape.length)
  return t.div(x, t.sqrt(t.sum(t.mul(x, x), [axis])))
}

/** Softmax and norms. */
export const norms: Translations = {
  BatchNormalization,
  InstanceNormalization,
  LayerNormalization,
  LogSoftmax: operation => t.log(Softmax(operation) as Tensor),
  LpNormalization,
  RMSNormalization,
  SimplifiedLayerNormalization: RMSNormalization,
  Softmax,
  'com.microsoft.SkipLayerNormalization': SkipLayerNormalization,
  'com.microsoft.SkipSimplifiedLayerNormalization': SkipSimplifiedLayerNormalization,
}
