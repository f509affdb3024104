import { dim, type Op, only, type Tensor, type TensorOf } from '@vitrine/tensor'
import { broadcastTo, type Facts, isBiasOf, unrepeated } from '../facts.ts'
import { convolution, folding, gathered } from './convolution.ts'
import * as double from './double.ts'
import { fusions } from './fused.ts'
import type { Graph, Value } from './graph.ts'
import { isLinear, linear, product } from './matmul.ts'
import type { Kernels, Lowering, Step } from './step.ts'

const unary =
  (type: string, attributes = {}): Lowering =>
  node => ({ reads: node.inputs, emit: (g, x) => g.op(type, x, attributes) })

/** An element-wise op that ONNX Runtime has in float32 only, and what replaces it in double. */
const inDouble =
  (type: string, instead: (g: Graph, x: Value) => Value): Lowering =>
  node => ({
    reads: node.inputs,
    emit: (g, [x = '']) => (g.precision === 'double' ? instead(g, x) : g.op(type, [x])),
  })

/** What an element-wise op reads. Those of ONNX broadcast by themselves, so repeated operands are read without their repeats. */
const operandsOf = ({ inputs, shape }: TensorOf<Op>): Tensor[] =>
  unrepeated(inputs, shapes => broadcastTo(shapes, shape))

const binary =
  (type: string): Lowering =>
  node => ({ reads: operandsOf(node), emit: (g, ab) => g.op(type, ab) })

const comparison =
  (type: 'Greater' | 'Equal'): Lowering =>
  node => ({ reads: operandsOf(node), emit: (g, ab) => g.cast(g.op(type, ab), 'float') })

const reduction =
  (type: string): Lowering<'sum' | 'max'> =>
  node => ({
    reads: node.inputs,
    emit: (g, [x = '']) => g.op(type, [x, g.ints(node.params.axes)], { keepdims: 1 }),
  })

/** The ONNX nodes of every op: opset 20 and ONNX Runtime's `com.microsoft`. */
export const lowerings: { readonly [O in Op]: Lowering<O> } = {
  input: node => ({ reads: [], emit: (_g, _x, leaves) => leaves.input(node) }),
  parameter: node => ({ reads: [], emit: (_g, _x, leaves) => leaves.parameter(node, node.shape) }),
  constant: node => ({ reads: [], emit: (_g, _x, leaves) => leaves.constant(node) }),
  neg: unary('Neg'),
  abs: unary('Abs'),
  sign: unary('Sign'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  relu: unary('Relu'),
  sigmoid: unary('Sigmoid'),
  tanh: unary('Tanh'),
  erf: inDouble('Erf', double.erf),
  gelu: inDouble('Gelu', double.gelu),
  add: (node, facts, kernels) => {
    const [a, b] = operandsOf(node)
    for (const [product, bias] of [
      [a, b],
      [b, a],
    ]) {
      if (product?.op !== 'matmul' || !facts.onlyFor(product, node)) continue
      if (!bias || !isBiasOf(bias, dim(node.shape, -1)) || !broadcastTo([product.shape], node.shape)) continue
      const convolved = kernels.convolutions ? convolution(product, bias) : undefined
      if (convolved) return convolved
      if (isLinear(product)) return linear(product, bias)
    }
    return binary('Add')(node, facts, kernels)
  },
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),
  maximum: binary('Max'),
  minimum: binary('Min'),
  greater: comparison('Greater'),
  equal: comparison('Equal'),
  where: node => {
    const [condition, ...branches] = operandsOf(node)
    const test = condition?.op === 'greater' ? 'Greater' : condition?.op === 'equal' ? 'Equal' : undefined
    // `Where` reads the boolean of a comparison, which saves casting it to float and back.
    if (condition && test)
      return {
        reads: [...condition.inputs, ...branches],
        emit: (g, [a = '', b = '', ...xy]) => g.op('Where', [g.op(test, [a, b]), ...xy]),
      }
    return {
      reads: condition ? [condition, ...branches] : branches,
      emit: (g, [c = '', ...xy]) => g.op('Where', [g.cast(c, 'bool'), ...xy]),
    }
  },
  matmul: (node, _, { convolutions }) =>
    (convolutions ? convolution(node) : undefined) ?? (isLinear(node) ? linear(node) : product(node)),
  sum: reduction('ReduceSum'),
  max: reduction('ReduceMax'),
  softmax: unary('Softmax', { axis: -1 }),
  layerNorm: node => ({
    reads: node.inputs,
    emit: (g, operands) =>
      g.precision === 'double'
        ? double.layerNorm(g, operands, node.params.epsilon)
        : g.op('LayerNormalization', operands, { axis: -1, epsilon: { float: node.params.epsilon } }),
  }),
  reshape: node => {
    const x = only(node)
    // A reshaped weight is the same bytes of the file under another shape.
    if (x.op === 'parameter') return { reads: [], emit: (_g, _x, leaves) => leaves.parameter(x, node.shape) }
    return { reads: [x], emit: (g, [v = '']) => g.reshape(v, node.shape) }
  },
  transpose: node => ({
    reads: node.inputs,
    emit: (g, x) => g.op('Transpose', x, { perm: node.params.permutation }),
  }),
  slice: node => {
    const x = only(node)
    const { starts, ends } = node.params
    const axes = x.shape.flatMap((n, i) => (starts[i] === 0 && ends[i] === n ? [] : [i]))
    const on = (values: readonly number[]) => axes.map(axis => dim(values, axis))
    return {
      reads: [x],
      emit: (g, [v = '']) => g.op('Slice', [v, g.ints(on(starts)), g.ints(on(ends)), g.ints(axes)]),
    }
  },
  pad: node => ({
    reads: node.inputs,
    emit: (g, [x = '']) => g.op('Pad', [x, g.ints([...node.params.before, ...node.params.after])]),
  }),
  concat: node => ({ reads: node.inputs, emit: (g, parts) => g.op('Concat', parts, { axis: node.params.axis }) }),
  broadcast: node => ({ reads: node.inputs, emit: (g, [x = '']) => g.op('Expand', [x, g.ints(node.shape)]) }),
  gather: node => ({ reads: node.inputs, emit: (g, xi) => g.op('Gather', xi, { axis: node.params.axis }) }),
  unfold: gathered,
  fold: (node, _, { convolutions }) => folding(node, convolutions),
  topK: node => ({
    reads: node.inputs,
    emit: (g, [x = '']) => {
      const [values = '', indices = ''] = g.ops('TopK', [x, g.ints([node.params.k])], 2)
      return node.params.output === 'indices' ? indices : values
    },
  }),
  oneHot: node => ({
    reads: node.inputs,
    emit: (g, [x = '']) => {
      // OneHot refuses a scalar.
      const indices = node.shape.length === 1 ? g.reshape(x, [1]) : x
      // ONNX Runtime has no OneHot of doubles.
      const rows = g.cast(g.op('OneHot', [indices, g.int(node.params.depth), g.ints([0, 1])], { axis: -1 }), 'float')
      return node.shape.length === 1 ? g.reshape(rows, node.shape) : rows
    },
  }),
}

/** How an op becomes nodes: fused with ops before it where a kernel does them all, else by itself. */
export function stepOf(node: Tensor, facts: Facts, kernels: Kernels): Step {
  const fusion = fusions[node.op] as ((node: Tensor, facts: Facts) => Step | undefined) | undefined
  return (kernels.fused ? fusion?.(node, facts) : undefined) ?? (lowerings[node.op] as Lowering)(node, facts, kernels)
}
