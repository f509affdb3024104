import { matmul, mean, oneHot, sum, topK } from './contraction.ts'
import { add, div, equal, erf, exp, greater, mul, neg, sign, sqrt, sub, where } from './elementwise.ts'
import { broadcast, ones, pad, reshape, slice, sliceAxis, transpose } from './movement.ts'
import type { Op, Shape, Tensor } from './ops.ts'
import { type ReverseOptions, type Rule, reverse } from './reverse.ts'
import { dim, only, operandsOf, threeOperandsOf } from './tensor.ts'
import { fold, unfold } from './unfolding.ts'
import { inverted } from './views.ts'
import type { Pair } from './windows.ts'

/**
 * The gradient of y (of the sum of its elements; each element's own where they do not share inputs, as in a batch) with
 * respect to each of `xs`, as tensors. `seed` is the cotangent of y, ones if absent.
 */
export function grad(
  y: Tensor,
  xs: readonly Tensor[],
  { seed = ones(y.shape), ...options }: ReverseOptions & { readonly seed?: Tensor } = {},
): Tensor[] {
  return reverse(new Map([[y, seed]]), xs, vjps, options)
}

/** Sums a cotangent of a broadcast result back to the operand's shape. */
export function unbroadcast(dy: Tensor, shape: Shape): Tensor {
  const lead = dy.shape.length - shape.length
  const axes = dy.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []))
  return reshape(sum(dy, axes), shape)
}

/** Ops that hand no cotangent back: without operands, piecewise constant, or of whole numbers. */
type WithoutDerivative = 'input' | 'parameter' | 'constant' | 'sign' | 'greater' | 'equal' | 'oneHot'

/** Cotangents `dy` of an op handed back to its operands. */
export const vjps: { readonly [O in Op]: O extends WithoutDerivative ? null : Rule<O> } = {
  input: null,
  parameter: null,
  constant: null,
  neg: dy => [neg(dy)],
  abs: (dy, y) => [mul(dy, sign(only(y)))],
  sign: null,
  exp: (dy, y) => [mul(dy, y)],
  log: (dy, y) => [div(dy, only(y))],
  // d sqrt: dy / (2 y)
  sqrt: (dy, y) => [div(dy, mul(2, y))],
  relu: (dy, y) => [mul(dy, greater(only(y), 0))],
  // d sigmoid: dy * y * (1 - y)
  sigmoid: (dy, y) => [mul(dy, mul(y, sub(1, y)))],
  // d tanh: dy * (1 - y^2)
  tanh: (dy, y) => [mul(dy, sub(1, mul(y, y)))],
  // d erf: dy * 2 / sqrt(pi) * exp(-x^2)
  erf: (dy, y) => [mul(dy, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(only(y), only(y))))))],
  gelu: (dy, y) => [mul(dy, geluSlope(only(y)))],
  add: (dy, y) => {
    const [a, b] = operandsOf(y)
    return [unbroadcast(dy, a.shape), unbroadcast(dy, b.shape)]
  },
  sub: (dy, y) => {
    const [a, b] = operandsOf(y)
    return [unbroadcast(dy, a.shape), unbroadcast(neg(dy), b.shape)]
  },
  mul: (dy, y) => {
    const [a, b] = operandsOf(y)
    return [unbroadcast(mul(dy, b), a.shape), unbroadcast(mul(dy, a), b.shape)]
  },
  // d (a / b): dy / b, -dy * y / b
  div: (dy, y) => {
    const [a, b] = operandsOf(y)
    const da = div(dy, b)
    return [unbroadcast(da, a.shape), unbroadcast(neg(mul(da, y)), b.shape)]
  },
  // Equal operands: the cotangent goes to the first.
  maximum: (dy, y) => {
    const [a, b] = operandsOf(y)
    const second = greater(b, a)
    return [unbroadcast(mul(dy, sub(1, second)), a.shape), unbroadcast(mul(dy, second), b.shape)]
  },
  minimum: (dy, y) => {
    const [a, b] = operandsOf(y)
    const second = greater(a, b)
    return [unbroadcast(mul(dy, sub(1, second)), a.shape), unbroadcast(mul(dy, second), b.shape)]
  },
  greater: null,
  equal: null,
  where: (dy, y) => {
    const [condition, a, b] = threeOperandsOf(y)
    return [undefined, unbroadcast(where(condition, dy, 0), a.shape), unbroadcast(where(condition, 0, dy), b.shape)]
  },
  // y = op(A) op(B): dA = dy op(B)^T, dB = op(A)^T dy, transposed back where op transposes
  matmul: (dy, y) => {
    const [a, b] = operandsOf(y)
    const { transposeA: ta, transposeB: tb } = y.params
    const da = ta ? matmul(b, dy, tb, true) : matmul(dy, b, false, !tb)
    const db = tb ? matmul(dy, a, true, ta) : matmul(a, dy, !ta, false)
    return [unbroadcast(da, a.shape), unbroadcast(db, b.shape)]
  },
  sum: (dy, y) => [broadcast(dy, only(y).shape)],
  // Equal maxima share the cotangent.
  max: (dy, y) => {
    const hit = equal(only(y), y)
    return [mul(div(dy, sum(hit, y.params.axes)), hit)]
  },
  // d softmax: y * (dy - sum(dy * y))
  softmax: (dy, y) => [mul(y, sub(dy, sum(mul(dy, y), [-1])))],
  // d layerNorm: (g - mean(g) - n * mean(g * n)) / deviation, with g = dy * scale and n the normalised x
  layerNorm: (dy, y) => {
    const [x, scale, bias] = threeOperandsOf(y)
    const centred = sub(x, mean(x, [-1]))
    const deviation = sqrt(add(mean(mul(centred, centred), [-1]), y.params.epsilon))
    const normalised = div(centred, deviation)
    const g = mul(dy, scale)
    const inner = sub(sub(g, mean(g, [-1])), mul(normalised, mean(mul(g, normalised), [-1])))
    return [div(inner, deviation), unbroadcast(mul(dy, normalised), scale.shape), unbroadcast(dy, bias.shape)]
  },
  reshape: (dy, y) => [reshape(dy, only(y).shape)],
  transpose: (dy, y) => [transpose(dy, inverted(y.params.permutation))],
  slice: (dy, y) => {
    const { starts, ends } = y.params
    return [
      pad(
        dy,
        starts,
        only(y).shape.map((n, i) => n - dim(ends, i)),
      ),
    ]
  },
  pad: (dy, y) => {
    const { before, after } = y.params
    return [
      slice(
        dy,
        dy.shape.map((n, i) => [dim(before, i), n - dim(after, i)] as const),
      ),
    ]
  },
  concat: (dy, y) => {
    const { axis } = y.params
    let end = 0
    return y.inputs.map(part => {
      const start = end
      end += dim(part.shape, axis)
      return sliceAxis(dy, axis, start, end)
    })
  },
  broadcast: (dy, y) => [unbroadcast(dy, only(y).shape)],
  // The transpose of a selection: one-hot rows scatter the cotangent back.
  gather: (dy, y) => {
    const [x, indices] = operandsOf(y)
    const last = [...x.shape.keys()].filter(i => i !== y.params.axis).concat(y.params.axis)
    const moved = transpose(dy, last)
    const spread = matmul(reshape(moved, [-1, dim(moved.shape, -1)]), oneHot(indices, dim(x.shape, y.params.axis)))
    return [
      transpose(
        reshape(
          spread,
          last.map(axis => dim(x.shape, axis)),
        ),
        inverted(last),
      ),
      undefined,
    ]
  },
  unfold: (dy, y) => [fold(dy, { ...y.params, size: sizeOfImage(only(y)) })],
  fold: (dy, y) => [unfold(dy, y.params)],
  topK: (dy, y) => {
    if (y.params.output === 'indices') return [undefined]
    const x = only(y)
    const n = dim(x.shape, -1)
    const { indices } = topK(x, y.params.k)
    return [reshape(sum(mul(reshape(dy, [...dy.shape, 1]), oneHot(indices, n)), [-2]), x.shape)]
  },
  oneHot: null,
}

const sizeOfImage = ({ shape }: Tensor): Pair => [dim(shape, -2), dim(shape, -1)]

/** The derivative of gelu: Phi(x) + x phi(x) = (1 + erf(u) + x exp(-u^2) sqrt(2 / pi)) / 2 with u = x / sqrt(2). */
export function geluSlope(x: Tensor): Tensor {
  const u = mul(x, Math.SQRT1_2)
  const bell = exp(mul(neg(u), u))
  return mul(0.5, add(add(erf(u), mul(mul(x, bell), Math.sqrt(2 / Math.PI))), 1))
}
