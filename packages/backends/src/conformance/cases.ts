import {
  abs,
  add,
  argmax,
  broadcast,
  concat,
  constant,
  div,
  equal,
  erf,
  exp,
  gather,
  gelu,
  greater,
  indices,
  layerNorm,
  log,
  matmul,
  max,
  maximum,
  minimum,
  mul,
  neg,
  type Op,
  oneHot,
  pad,
  relu,
  reshape,
  type Shape,
  scalar,
  sigmoid,
  sign,
  slice,
  sliceAxis,
  softmax,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  topK,
  transpose,
  where,
} from '@vitrine/tensor'
import { attentionCases } from './attention.ts'
import type { Cases, Leaves } from './case.ts'
import { convolutionCases } from './convolution.ts'
import { matmulCases } from './matmul.ts'

const ANY = [-100, -20, -3, -1, -0.5, -1e-3, 0, 1e-3, 0.25, 1, 3, 20, 80]
const POSITIVE = [1e-30, 1e-6, 0.25, 1, 1.5, 3, 1e3, 1e30]

const unary = (f: (x: Tensor) => Tensor, values = ANY): Cases => ({
  'a scalar': l => f(l.float([], values.slice(4))),
  'one axis of size 1': l => f(l.float([1], values.slice(3))),
  'chosen values': l => f(l.float([values.length], values)),
  'rank 4': l => f(l.float([2, 3, 1, 4], values === POSITIVE ? values : undefined)),
  'of a weight': l => f(l.weight([3, 5], values === POSITIVE ? values : undefined)),
})

const SHAPES: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[1], [1]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [[], [2, 2]],
  [[5], []],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [4, 1, 1, 3],
    [2, 5, 1],
  ],
]

const binary = (f: (a: Tensor, b: Tensor) => Tensor, values?: readonly number[], divisors = values): Cases => ({
  ...Object.fromEntries(
    SHAPES.map(([a, b]) => [`[${a}] and [${b}]`, (l: Leaves) => f(l.float(a, values), l.float(b, divisors))]),
  ),
  'an operand repeated': l => f(broadcast(l.float([3, 1], values), [2, 3, 4]), l.float([4], divisors)),
  'both operands repeated': l => f(broadcast(l.float([1], values), [2, 3]), broadcast(l.float([], divisors), [2, 3])),
  'a constant': l => f(l.float([2, 2], values), constant([1.5, -2])),
  'the same operand twice': l => {
    const x = l.float([4], divisors)
    return f(x, x)
  },
  'a weight': l => f(l.weight([2, 2], values), l.float([2], divisors)),
})

/** Small whole numbers, some of them equal: every engine represents them exactly. */
const TIES = [-1, 0, 2, 2, 0, -1, 1]

const reductions = (f: (x: Tensor, axes: readonly number[]) => Tensor): Cases => ({
  'the last axis': l => f(l.float([3, 5]), [-1]),
  'the first axis': l => f(l.float([3, 5]), [0]),
  'several axes': l => f(l.float([2, 3, 4, 5]), [1, 3]),
  'all axes': l => f(l.float([2, 3, 4]), [0, 1, 2]),
  'an axis of size 1 among them': l => f(l.float([2, 1, 3]), [1, 2]),
  'negative numbers': l => f(l.float([2, 3], [-3, -1, -2]), [1]),
  'a long axis': l => f(l.float([2, 1000]), [1]),
  'equal numbers': l => f(l.float([2, 4], [2, 2, 1, 2]), [1]),
})

/** Every op, with the inputs at which engines are known to differ. */
export const cases: { readonly [O in Op]: Cases } = {
  input: {
    'an output': l => l.float([2, 3]),
    'an int output': l => l.int([4], 9),
    'a scalar output': l => l.float([]),
    'two outputs': l => {
      const x = l.float([2])
      return { a: x, b: x, c: neg(x) }
    },
  },
  parameter: {
    'an output': l => l.weight([2, 3]),
    'an output, reshaped and not': l => {
      const w = l.weight([2, 3])
      return { w, flat: reshape(w, [6]), sum: add(w, l.float([3])) }
    },
  },
  constant: {
    'an output': () => constant([1, 2.5, -3], [3, 1]),
    'a scalar output': () => scalar(0.5),
    'the same twice': l => ({ a: add(l.float([2]), constant([1, 2])), b: mul(l.float([2]), constant([1, 2])) }),
    'numbers that float32 rounds': l => mul(l.float([2]), constant([1 / 3, 1e-3])),
    'indices, an output': () => indices([3, 0, 2, 1], [2, 2]),
    'indices of the same numbers as floats': l => mul(gather(l.float([3]), indices([2, 0]), 0), constant([2, 0])),
  },
  neg: unary(neg),
  abs: unary(abs),
  sign: unary(sign),
  exp: unary(exp),
  log: unary(log, POSITIVE),
  sqrt: unary(sqrt, [0, ...POSITIVE, 0.1, 7, 9, 100]),
  relu: unary(relu),
  sigmoid: unary(sigmoid),
  tanh: unary(tanh),
  erf: unary(erf),
  gelu: {
    ...unary(gelu),
    'of a sum with a bias': l => gelu(add(l.float([2, 3, 4]), l.weight([4]))),
    'of a linear layer': l => gelu(add(l.weight([1, 5]), matmul(l.float([2, 3, 4]), l.weight([5, 4]), false, true))),
    'of a sum with a bias that is longer': l => gelu(add(l.float([2, 1]), l.weight([4]))),
    'of a sum with a number': l => gelu(add(l.float([3, 4]), l.weight([]))),
    'of a sum that is read elsewhere': l => {
      const x = add(l.float([2, 4]), l.weight([4]))
      return { x, y: gelu(x) }
    },
  },
  add: binary(add),
  sub: binary(sub),
  mul: binary(mul),
  div: binary(div, [-3, 0, 1, 2], [-2, 0.5, 3, -0.25]),
  maximum: binary(maximum, TIES),
  minimum: binary(minimum, TIES),
  greater: binary(greater, TIES),
  equal: binary(equal, TIES),
  where: {
    'a condition of any number': l => where(l.float([5], [0, 0.5, -1, 0, 1e-20]), l.float([5]), l.float([5])),
    'a comparison': l => where(greater(l.float([4], TIES), 0), l.float([4]), l.float([4])),
    'a comparison that is read elsewhere': l => {
      const c = equal(l.float([4], TIES), l.float([3, 1], TIES))
      return { c, y: where(c, l.float([4]), l.float([3, 1])) }
    },
    'a broadcast condition': l => where(l.float([3, 1], [0, 1]), l.float([4]), l.float([2, 1, 1])),
    'a repeated condition': l => where(broadcast(greater(l.float([1], [1]), 0), [2, 3]), l.float([3]), 0),
    'scalar branches': l => where(l.float([2, 2], [0, 1, 1, 0]), 1, -1),
  },
  matmul: matmulCases,
  sum: reductions(sum),
  max: reductions(max),
  softmax: {
    'rank 1': l => softmax(l.float([5])),
    'rank 4': l => softmax(l.float([2, 3, 4, 5])),
    'an axis of size 1': l => softmax(l.float([3, 1])),
    'large numbers': l => softmax(l.float([2, 4], [1000, 999, -1000, 0, 1e30, -1e30, 3, 3])),
    'small numbers': l => softmax(l.float([3], [-1000, -1001, -1e30])),
    'equal numbers': l => softmax(l.float([2, 7], [3])),
    ...attentionCases,
  },
  layerNorm: {
    'rank 1': l => layerNorm(l.float([6]), l.float([6]), l.float([6]), 1e-5),
    'rank 3': l => layerNorm(l.float([2, 3, 8]), l.weight([8]), l.weight([8]), 1e-6),
    'equal numbers': l => layerNorm(l.float([2, 4], [3]), l.float([4]), l.float([4]), 1e-5),
    'an axis of size 1': l => layerNorm(l.float([3, 1]), l.float([1]), l.float([1]), 1e-5),
    'tiny variance': l => layerNorm(l.float([3], [1e-4, 0, -1e-4]), l.float([3]), l.float([3]), 1e-5),
    'large numbers': l => layerNorm(l.float([4], [1000, -1000, 500, 20]), l.float([4]), l.float([4]), 1e-12),
    'a repeated operand': l => layerNorm(broadcast(l.float([1, 4]), [3, 4]), l.float([4]), l.float([4]), 1e-5),
  },
  reshape: {
    'fewer axes': l => reshape(l.float([2, 3, 4]), [6, 4]),
    'more axes': l => reshape(l.float([12]), [2, 1, 3, 2]),
    'to a scalar': l => reshape(l.float([1, 1]), []),
    'from a scalar': l => reshape(l.float([]), [1, 1]),
    'of int': l => reshape(l.int([2, 3], 9), [3, 2]),
    'of a weight': l => maximum(reshape(l.weight([6]), [2, 3]), l.float([2, 3])),
    'after a transpose': l => reshape(transpose(l.float([2, 3, 4]), [1, 0, 2]), [3, 8]),
    'of what is an output too': l => {
      const x = abs(l.float([2, 3]))
      return { x, y: reshape(x, [6]), z: neg(reshape(x, [3, 2])) }
    },
  },
  transpose: {
    'a matrix': l => transpose(l.float([2, 3]), [1, 0]),
    'the middle axes': l => transpose(l.float([2, 3, 4, 5]), [0, 2, 1, 3]),
    'a cycle': l => transpose(l.float([2, 3, 4]), [2, 0, 1]),
    'rank 5': l => transpose(l.float([2, 1, 3, 2, 2]), [3, 1, 4, 0, 2]),
    'of int': l => transpose(l.int([2, 3], 9), [1, 0]),
    'of a weight': l => maximum(transpose(l.weight([2, 3]), [1, 0]), l.float([3, 2])),
  },
  slice: {
    'one axis': l => sliceAxis(l.float([4, 3]), 0, 1, 3),
    'every axis': l =>
      slice(l.float([4, 3, 2]), [
        [1, 3],
        [0, 2],
        [1, 2],
      ]),
    'of int': l => sliceAxis(l.int([5], 9), 0, 2, 4),
    'parts that tile an axis': l => {
      const x = neg(l.float([2, 6]))
      return { a: sliceAxis(x, 1, 0, 2), b: sliceAxis(x, 1, 2, 5), c: neg(sliceAxis(x, 1, 5, 6)) }
    },
  },
  pad: {
    'both sides': l => pad(l.float([2, 3]), [1, 0], [2, 1]),
    'one side': l => pad(l.float([3]), [0], [4]),
    'rank 4': l => pad(l.float([2, 1, 2, 2]), [0, 1, 0, 2], [1, 0, 0, 0]),
    'of a size 1': l => pad(l.float([1]), [2], [2]),
  },
  concat: {
    'the first axis': l => concat([l.float([1, 3]), l.float([2, 3])], 0),
    'the last axis': l => concat([l.float([2, 1, 2]), l.float([2, 1, 3]), l.float([2, 1, 1])], -1),
    'a tensor twice': l => {
      const x = l.float([2, 2])
      return concat([x, x], 1)
    },
    'of int': l => concat([l.int([2], 9), l.int([3], 9)], 0),
    'of weights': l => maximum(concat([l.weight([1, 2]), l.weight([2, 2])], 0), l.float([2])),
  },
  broadcast: {
    'a scalar': l => broadcast(l.float([]), [2, 3]),
    'an axis of size 1': l => broadcast(l.float([2, 1, 3]), [2, 4, 3]),
    'new axes': l => broadcast(l.float([3]), [2, 2, 3]),
    'a constant': () => broadcast(scalar(2), [3]),
    'of int': l => broadcast(l.int([1, 2], 9), [3, 2]),
  },
  gather: {
    'the first axis': l => gather(l.float([4, 3]), l.int([5], 4), 0),
    'the last axis': l => gather(l.float([2, 4]), l.int([3], [3, 0, 3]), 1),
    'a middle axis': l => gather(l.float([2, 4, 3]), l.int([2], [2, 1]), 1),
    'one index': l => gather(l.float([3]), l.int([1], [2]), 0),
    'of int': l => gather(l.int([4], 9), l.int([2], [3, 0]), 0),
    'of a weight': l => gather(l.weight([4, 2]), l.int([3], 4), 0),
    'by fixed indices': l => gather(l.float([2, 4]), indices([3, 1, 1]), 1),
    'of a weight by fixed indices': l => maximum(gather(l.weight([4, 2]), indices([1, 3, 0]), 0), l.float([2])),
  },
  ...convolutionCases,
  topK: {
    'values and indices': l => {
      const { values, indices } = topK(l.float([3, 6]), 4)
      return { values, indices }
    },
    'equal numbers, in index order': l => {
      const { values, indices } = topK(l.float([2, 8], [1, 2, 2, 1, 0, 2, 1, 0]), 6)
      return { values, indices }
    },
    'all of an axis': l => topK(l.float([5], TIES), 5).indices,
    'negative numbers': l => topK(l.float([4], [-3, -1, -2, -1]), 2).values,
    'an axis of size 1': l => topK(l.float([3, 1]), 1).indices,
    'the first of equal maxima': l => argmax(l.float([2, 5], [0, 3, 1, 3, 2])),
    'a long axis of equal numbers': l => topK(l.float([200], [1]), 50).indices,
    'used as indices': l => gather(l.float([5, 2]), topK(l.float([5]), 3).indices, 0),
  },
  oneHot: {
    'rank 1': l => oneHot(l.int([4], 3), 3),
    'rank 2': l => oneHot(l.int([2, 3], 5), 5),
    'a scalar': l => oneHot(l.int([], 4), 4),
    'depth 1': l => oneHot(l.int([3], 1), 1),
    'of the largest': l => oneHot(argmax(l.float([3, 4])), 4),
  },
}

/** Ops that move or choose numbers, and those with one correctly rounded answer, are compared with no tolerance at all. */
export const EXACT: readonly Op[] = [
  'input',
  'neg',
  'abs',
  'sign',
  'relu',
  'maximum',
  'minimum',
  'greater',
  'equal',
  'max',
  'reshape',
  'transpose',
  'slice',
  'pad',
  'concat',
  'broadcast',
  'gather',
  'topK',
  'oneHot',
]
