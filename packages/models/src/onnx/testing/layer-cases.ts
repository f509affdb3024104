import { type Attributes, type Case, floats, ints, node, onView, op, type Tensors, unary } from './case.ts'

const reduction = (name: string): readonly Case[] => [
  op(name, 'x axes', {}, { axes: ints(-1) }),
  op(name, 'x axes', { keepdims: 0 }, { axes: ints(1, 2) }),
  op(name, 'x', { axes: [2, 3] }, {}, 11),
  op(name, 'x'),
]
const heads = { q_num_heads: 2, kv_num_heads: 2 }
const projections: Tensors = { wq: floats(3, 4), wk: floats(3, 4), wv: floats(3, 6) }
/** Attention on three projections of 16 tokens. */
export const attention = (
  name: string,
  inputs: string,
  attributes: Attributes,
  tensors: Tensors = {},
  opset = 23,
): Case => ({
  nodes: [
    node('Reshape', 'x view', 't'),
    node('MatMul', 't wq', 'q'),
    node('MatMul', 't wk', 'k'),
    node('MatMul', 't wv', 'v'),
    node(name, inputs, 'y', attributes),
  ],
  tensors: { view: ints(1, 16, 3), ...projections, ...tensors },
  opset,
})

/** Cases of the other layers of the ONNX standard: products, attention, norms and reductions. */
export const layerCases: Readonly<Record<string, readonly Case[]>> = {
  Attention: [
    attention('Attention', 'q k v', heads),
    attention('Attention', 'q k v mask', { ...heads, scale: { float: 0.7 } }, { mask: floats(16, 16) }),
    attention('Attention', 'q k v mask', heads, {
      mask: { shape: [16, 16], bools: Array.from({ length: 256 }, (_, i) => i % 3 !== 0) },
    }),
  ],
  BatchNormalization: [
    op(
      'BatchNormalization',
      'x s b m v',
      { epsilon: { float: 1e-3 } },
      { s: floats(3), b: floats(3), m: floats(3), v: { shape: [3], floats: [1, 2, 0.5] } },
    ),
  ],
  Einsum: [
    onView([3, 16], 'Einsum', 't w', { equation: 'ab,bc->ac' }, { w: floats(16, 5) }),
    op('Einsum', 'x w', { equation: 'nchw,cd->nhwd' }, { w: floats(3, 2) }),
    op('Einsum', 'x', { equation: 'nchw -> nhwc' }),
  ],
  Gemm: [
    onView(
      [3, 16],
      'Gemm',
      't w b',
      { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
      { w: floats(5, 16), b: floats(5) },
    ),
    onView([16, 3], 'Gemm', 't w', { transA: 1 }, { w: floats(16, 5) }),
    onView([3, 16], 'Gemm', 't w b', {}, { w: floats(16, 5), b: floats(3, 1) }),
  ],
  GlobalAveragePool: unary('GlobalAveragePool'),
  GlobalMaxPool: unary('GlobalMaxPool'),
  InstanceNormalization: [
    op('InstanceNormalization', 'x s b', { epsilon: { float: 1e-3 } }, { s: floats(3), b: floats(3) }),
    onView([1, 1, 48], 'InstanceNormalization', 't s b', {}, { s: floats(1), b: floats(1) }),
  ],
  LayerNormalization: [
    op('LayerNormalization', 'x s b', { epsilon: { float: 1e-3 } }, { s: floats(4), b: floats(4) }),
    op('LayerNormalization', 'x s', {}, { s: floats(4) }),
    onView([1, 16, 3], 'LayerNormalization', 't s b', { axis: -1 }, { s: floats(3), b: floats(3) }),
  ],
  LogSoftmax: unary('LogSoftmax'),
  LpNormalization: unary('LpNormalization', { axis: 1, p: 2 }),
  MatMul: [
    op('MatMul', 'x w', {}, { w: floats(4, 5) }),
    op('MatMul', 'w x', {}, { w: floats(3, 2, 4) }),
    op('MatMul', 'x w', {}, { w: floats(4) }),
    op('MatMul', 'w x', {}, { w: floats(4) }),
    {
      nodes: [node('Transpose', 'x', 'k', { perm: [0, 1, 3, 2] }), node('Mul', 'k s', 'm'), node('MatMul', 'x m', 'y')],
      tensors: { s: { shape: [], floats: [0.3] } },
    },
    {
      nodes: [
        node('Reshape', 'x view', 't'),
        node('Transpose', 't', 'k', { perm: [0, 2, 1] }),
        node('MatMul', 't k', 'y'),
      ],
      tensors: { view: ints(3, 4, 4) },
    },
  ],
  RMSNormalization: [{ ...op('RMSNormalization', 'x s', { epsilon: { float: 1e-3 } }, { s: floats(4) }), opset: 23 }],
  ReduceL2: reduction('ReduceL2'),
  ReduceMax: reduction('ReduceMax'),
  ReduceMean: reduction('ReduceMean'),
  ReduceMin: reduction('ReduceMin'),
  ReduceProd: [
    {
      nodes: [node('ReduceProd', 'a', 'p', { keepdims: 1 }), node('Reshape', 'x p', 'y')],
      tensors: { a: ints(3, 4, 4) },
    },
  ],
  ReduceSum: [
    op('ReduceSum', 'x axes', {}, { axes: ints(-1) }),
    op('ReduceSum', 'x axes', { keepdims: 0 }, { axes: ints(1, 2) }),
    op('ReduceSum', 'x'),
  ],
  ReduceSumSquare: reduction('ReduceSumSquare'),
  SimplifiedLayerNormalization: [
    op('SimplifiedLayerNormalization', 'x s', { epsilon: { float: 1e-3 } }, { s: floats(4) }),
  ],
  Softmax: [
    ...unary('Softmax'),
    op('Softmax', 'x', { axis: 1 }),
    op('Softmax', 'x', { axis: 1 }, {}, 11),
    onView([3, 4, 4], 'Softmax', 't'),
  ],
}
