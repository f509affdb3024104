import type { GivenAttribute, GivenGraph, GivenNode, GivenTensor } from '../testing.ts'

type Attributes = Readonly<Record<string, GivenAttribute>>
export type Case = Partial<GivenGraph> & Pick<GivenGraph, 'nodes'>

/** The shape of the image. */
export const X = [1, 3, 4, 4]
export const ints = (...list: readonly number[]): GivenTensor => ({ shape: [list.length], ints: list })
const int = (value: number): GivenTensor => ({ shape: [], ints: [value] })
const bools = (...list: readonly boolean[]): GivenTensor => ({ shape: [list.length], bools: list })
/** Numbers around 0 that differ from each other. */
export const floats = (...shape: readonly number[]): GivenTensor => ({
  shape,
  floats: Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => Math.sin(1 + i * 1.7)),
})
export const node = (op: string, inputs: string, outputs: string, attributes: Attributes = {}): GivenNode => ({
  op,
  inputs: inputs === '' ? [] : inputs.split(' ').map(name => (name === '-' ? '' : name)),
  outputs: outputs.split(' '),
  attributes,
})
type Tensors = GivenGraph['tensors']
/** An op on the image and tensors; `inputs` has their names, `-` for one that is left out. */
export const op = (
  name: string,
  inputs: string,
  attributes: Attributes = {},
  tensors: Tensors = {},
  opset = 20,
): Case => ({
  nodes: [node(name, inputs, 'y', attributes)],
  tensors,
  opset,
})
/** An op on the image as tokens `[1, 16, 3]`, or on another view of it. */
export const onView = (
  shape: readonly number[],
  name: string,
  inputs: string,
  attributes: Attributes = {},
  tensors: Tensors = {},
  opset = 20,
): Case => ({
  nodes: [node('Reshape', 'x view', 't'), node(name, inputs, 'y', attributes)],
  tensors: { view: ints(...shape), ...tensors },
  opset,
})
const unary = (name: string, attributes: Attributes = {}): readonly Case[] => [op(name, 'x', attributes)]
const ofPositive = (name: string): readonly Case[] => [
  { nodes: [node('Mul', 'x x', 's'), node('Add', 's one', 'p'), node(name, 'p', 'y')], tensors: { one: floats(1) } },
]
/** A function of numbers that no image changes, added to the image. */
const ofFixed = (name: string): Case => ({
  nodes: [node(name, 'w', 'f'), node('Add', 'x f', 'y')],
  tensors: { w: floats(4, 4) },
})
const binary = (name: string): readonly Case[] => [
  op(name, 'x w', {}, { w: floats(4, 4) }),
  op(name, 'w x', {}, { w: floats(3, 1, 1) }),
  { nodes: [node('Sub', 'x half', 'n'), node(name, 'x n', 'y')], tensors: { half: { shape: [], floats: [0.7] } } },
  { nodes: [node(name, 'x x', 'd'), node('Add', 'd x', 'y')] },
]
/** A comparison as a condition. */
const comparison = (name: string): readonly Case[] => [
  { nodes: [node(name, 'x w', 'c'), node('Where', 'c x w', 'y')], tensors: { w: floats(4, 4) } },
  {
    nodes: [node(name, 'a b', 'c'), node('Where', 'c x w', 'y')],
    tensors: { a: ints(1, 2, 3, 4), b: int(2), w: floats(4, 4) },
  },
]
const logic = (name: string): readonly Case[] => [
  {
    nodes: [node(name, 'a b', 'c'), node('Where', 'c x w', 'y')],
    tensors: { a: bools(true, true, false, false), b: bools(true, false, true, false), w: floats(4, 4) },
  },
]
const reduction = (name: string): readonly Case[] => [
  op(name, 'x axes', {}, { axes: ints(-1) }),
  op(name, 'x axes', { keepdims: 0 }, { axes: ints(1, 2) }),
  op(name, 'x', { axes: [2, 3] }, {}, 11),
  op(name, 'x'),
]
const pools = (name: string): readonly Case[] => [
  op(name, 'x', { kernel_shape: [2, 2], strides: [2, 2] }),
  op(name, 'x', { kernel_shape: [3, 2], strides: [1, 1] }),
  op(name, 'x', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  op(name, 'x', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  op(name, 'x', { kernel_shape: [2, 2], strides: [3, 3], pads: [0, 1, 0, 0], ceil_mode: 1 }),
  op(name, 'x', { kernel_shape: [2, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
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

/** Cases of each op of the ONNX standard that is read. */
export const standardCases: Readonly<Record<string, readonly Case[]>> = {
  Abs: unary('Abs'),
  Add: [
    ...binary('Add'),
    onView([1, 16, 3], 'Add', 't b', {}, { b: floats(3) }),
    onView([1, 3, 16, 1], 'Add', 'b t', {}, { b: floats(1, 3, 16, 16) }),
  ],
  And: logic('And'),
  Attention: [
    attention('Attention', 'q k v', heads),
    attention('Attention', 'q k v mask', { ...heads, scale: { float: 0.7 } }, { mask: floats(16, 16) }),
    attention('Attention', 'q k v mask', heads, {
      mask: { shape: [16, 16], bools: Array.from({ length: 256 }, (_, i) => i % 3 !== 0) },
    }),
  ],
  AveragePool: [
    ...pools('AveragePool'),
    op('AveragePool', 'x', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
    op('AveragePool', 'x', {
      kernel_shape: [2, 2],
      strides: [3, 3],
      pads: [0, 1, 0, 1],
      ceil_mode: 1,
      count_include_pad: 1,
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
  Cast: [
    op('Cast', 'x', { to: 1 }),
    { nodes: [node('Cast', 'i', 'f', { to: 1 }), node('Mul', 'x f', 'y')], tensors: { i: ints(1, 2, 3, 4) } },
  ],
  CastLike: [{ nodes: [node('CastLike', 'i x', 'f'), node('Mul', 'x f', 'y')], tensors: { i: ints(1, 2, 3, 4) } }],
  Ceil: [ofFixed('Ceil')],
  Clip: [
    op('Clip', 'x low high', {}, { low: { shape: [], floats: [-0.5] }, high: { shape: [], floats: [0.25] } }),
    op('Clip', 'x low', {}, { low: { shape: [], floats: [0] } }),
  ],
  Concat: [
    op('Concat', 'x x x', { axis: 1 }),
    op('Concat', 'w x', { axis: -1 }, { w: floats(1, 3, 4, 2) }),
    {
      nodes: [node('Concat', 'a b', 's', { axis: 0 }), node('Reshape', 'x s', 'y')],
      tensors: { a: ints(3, 4), b: ints(-1) },
    },
  ],
  Constant: [
    { nodes: [node('Constant', '', 'c', { value: { tensor: floats(4, 4) } }), node('Add', 'x c', 'y')] },
    { nodes: [node('Constant', '', 'c', { value_ints: [3, 16] }), node('Reshape', 'x c', 'y')] },
    { nodes: [node('Constant', '', 'c', { value_float: { float: 1.5 } }), node('Mul', 'x c', 'y')] },
  ],
  ConstantOfShape: [
    {
      nodes: [
        node('ConstantOfShape', 's', 'c', { value: { tensor: { shape: [1], floats: [2.5] } } }),
        node('Add', 'x c', 'y'),
      ],
      tensors: { s: ints(3, 4, 4) },
    },
    { nodes: [node('ConstantOfShape', 's', 'c'), node('Add', 'x c', 'y')], tensors: { s: ints(100, 1, 1, 1) } },
  ],
  Conv: [
    op('Conv', 'x w b', { strides: [2, 2], kernel_shape: [2, 2] }, { w: floats(5, 3, 2, 2), b: floats(5) }),
    op('Conv', 'x w', { strides: [2, 4], kernel_shape: [2, 4], auto_pad: 'VALID' }, { w: floats(5, 3, 2, 4) }),
    // The last row and column belong to no whole patch.
    op('Conv', 'x w', { strides: [3, 3], kernel_shape: [3, 3] }, { w: floats(5, 3, 3, 3) }),
    // Windows that overlap, hang over the edge, have gaps, see one pixel, or see channels in groups.
    op('Conv', 'x w b', { pads: [1, 1, 1, 1] }, { w: floats(5, 3, 3, 3), b: floats(5) }),
    op('Conv', 'x w', { strides: [1, 2], dilations: [2, 1], pads: [0, 1, 2, 0] }, { w: floats(2, 3, 2, 3) }),
    op('Conv', 'x w', { auto_pad: 'SAME_UPPER', strides: [2, 2] }, { w: floats(2, 3, 3, 3) }),
    op('Conv', 'x w', { auto_pad: 'SAME_LOWER', strides: [2, 2] }, { w: floats(2, 3, 3, 3) }),
    op('Conv', 'x w b', {}, { w: floats(6, 3, 1, 1), b: floats(6) }),
    op('Conv', 'x w', { strides: [2, 2] }, { w: floats(6, 3, 1, 1) }),
    op('Conv', 'x w b', { group: 3, pads: [1, 1, 1, 1] }, { w: floats(6, 1, 3, 3), b: floats(6) }),
    {
      nodes: [
        node('Conv', 'x w', 'c', { kernel_shape: [1, 1] }),
        node('Conv', 'c v b', 'y', { group: 2, kernel_shape: [2, 2], strides: [2, 1] }),
      ],
      tensors: { w: floats(4, 3, 1, 1), v: floats(6, 2, 2, 2), b: floats(6) },
    },
  ],
  Cos: [ofFixed('Cos')],
  Div: [
    ...binary('Div'),
    { nodes: [node('Div', 'a b', 'c'), node('Reshape', 'x c', 'y')], tensors: { a: ints(7, 49), b: ints(2, 3) } },
  ],
  Dropout: unary('Dropout'),
  Einsum: [
    onView([3, 16], 'Einsum', 't w', { equation: 'ab,bc->ac' }, { w: floats(16, 5) }),
    op('Einsum', 'x w', { equation: 'nchw,cd->nhwd' }, { w: floats(3, 2) }),
    op('Einsum', 'x', { equation: 'nchw -> nhwc' }),
  ],
  Equal: comparison('Equal'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expand: [
    op('Expand', 'x s', {}, { s: ints(2, 1, 1, 1) }),
    { nodes: [node('Expand', 'w s', 'e'), node('Add', 'x e', 'y')], tensors: { w: floats(3, 1, 1), s: ints(3, 4, 4) } },
  ],
  Flatten: [op('Flatten', 'x'), op('Flatten', 'x', { axis: 2 }), op('Flatten', 'x', { axis: -1 })],
  Floor: [ofFixed('Floor')],
  Gather: [
    op('Gather', 'x i', { axis: 1 }, { i: int(-1) }),
    op('Gather', 'x i', { axis: 2 }, { i: ints(3, 0, 0, 2) }),
    op('Gather', 'x i', { axis: 3 }, { i: { shape: [2, 2], ints: [0, 1, 2, 3] } }),
  ],
  GatherND: [
    op('GatherND', 'x i', {}, { i: { shape: [2, 3], ints: [0, 2, 1, 0, -1, 0] } }),
    op('GatherND', 'x i', {}, { i: { shape: [1, 2, 2], ints: [0, 1, 0, 2] } }),
  ],
  Gelu: [...unary('Gelu'), op('Gelu', 'x', { approximate: 'tanh' })],
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
  Greater: comparison('Greater'),
  GreaterOrEqual: comparison('GreaterOrEqual'),
  HardSigmoid: unary('HardSigmoid', { alpha: { float: 0.3 }, beta: { float: 0.4 } }),
  HardSwish: unary('HardSwish'),
  Identity: unary('Identity'),
  If: [true, false].map(condition => ({
    nodes: [
      node('Shape', 'x', 's'),
      node('Gather', 's i', 'n'),
      node('Equal', condition ? 'n four' : 'n i', 'c'),
      node('Neg', 'x', 'around'),
      node('If', 'c', 'b', {
        then_branch: {
          graph: { nodes: [node('Mul', 'around w', 't')], outputs: ['t'], tensors: { w: floats(4, 4) } },
        },
        else_branch: {
          graph: {
            nodes: [node('Constant', '', 'w', { value: { tensor: floats(4) } }), node('Add', 'x w', 't')],
            outputs: ['t'],
          },
        },
      }),
      node('Add', 'b x', 'y'),
    ],
    tensors: { i: int(2), four: int(4) },
  })),
  InstanceNormalization: [
    op('InstanceNormalization', 'x s b', { epsilon: { float: 1e-3 } }, { s: floats(3), b: floats(3) }),
    onView([1, 1, 48], 'InstanceNormalization', 't s b', {}, { s: floats(1), b: floats(1) }),
  ],
  IsNaN: [
    { nodes: [node('IsNaN', 'x', 'c'), node('Where', 'c zero x', 'y')], tensors: { zero: { shape: [], floats: [0] } } },
  ],
  LayerNormalization: [
    op('LayerNormalization', 'x s b', { epsilon: { float: 1e-3 } }, { s: floats(4), b: floats(4) }),
    op('LayerNormalization', 'x s', {}, { s: floats(4) }),
    onView([1, 16, 3], 'LayerNormalization', 't s b', { axis: -1 }, { s: floats(3), b: floats(3) }),
  ],
  Less: comparison('Less'),
  LessOrEqual: comparison('LessOrEqual'),
  Log: ofPositive('Log'),
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
  MaxPool: pools('MaxPool'),
  Max: [...binary('Max'), op('Max', 'x v w', {}, { v: floats(4), w: floats(4, 4) })],
  Min: [...binary('Min'), op('Min', 'x v w', {}, { v: floats(4), w: floats(4, 4) })],
  Mod: [
    { nodes: [node('Mod', 'a b', 'c'), node('Reshape', 'x c', 'y')], tensors: { a: ints(19, -6), b: ints(16, 22) } },
  ],
  Mul: [...binary('Mul'), onView([1, 16, 3], 'Mul', 't b', {}, { b: floats(3) })],
  Neg: unary('Neg'),
  Not: [
    {
      nodes: [node('Not', 'a', 'c'), node('Where', 'c x w', 'y')],
      tensors: { a: bools(true, false, false, true), w: floats(4, 4) },
    },
  ],
  Or: logic('Or'),
  Pad: [
    op('Pad', 'x p', {}, { p: ints(0, 0, 1, 2, 0, 0, 3, 0) }),
    op('Pad', 'x p - axes', {}, { p: ints(1, 2), axes: ints(-1) }),
    op('Pad', 'x p', {}, { p: ints(0, 0, -1, 0, 0, 0, 2, -1) }),
  ],
  Pow: [0.5, 1, 2, 3, -1, -0.5].map(power => ({
    nodes: [node('Abs', 'x', 'p'), node('Pow', 'p e', 'y')],
    tensors: { e: { shape: [], floats: [power] } },
  })),
  RMSNormalization: [{ ...op('RMSNormalization', 'x s', { epsilon: { float: 1e-3 } }, { s: floats(4) }), opset: 23 }],
  Range: [
    {
      nodes: [node('Range', 'a b c', 'r'), node('Cast', 'r', 'f', { to: 1 }), node('Add', 'x f', 'y')],
      tensors: { a: int(9), b: int(1), c: int(-2) },
    },
  ],
  Reciprocal: ofPositive('Reciprocal'),
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
  Relu: unary('Relu'),
  Reshape: [
    op('Reshape', 'x s', {}, { s: ints(0, -1, 2) }),
    op('Reshape', 'x s', {}, { s: ints(48) }),
    op('Reshape', 'x s', {}, { s: ints(-1, 16) }),
  ],
  Resize: [
    op('Resize', 'x - s', { mode: 'linear' }, { s: { shape: [4], floats: [1, 1, 1, 1] } }),
    ...(['half_pixel', 'align_corners', 'asymmetric', 'pytorch_half_pixel'] as const).flatMap(coordinates =>
      (['linear', 'cubic'] as const).map(mode => ({
        nodes: [
          node('Resize', 'w - - sizes', 'r', { mode, coordinate_transformation_mode: coordinates }),
          node('Resize', 'r - - back', 'b', { mode, coordinate_transformation_mode: coordinates }),
          node('Add', 'x b', 'y'),
        ],
        tensors: { w: floats(1, 3, 5, 7), sizes: ints(1, 3, 9, 6), back: ints(1, 3, 4, 4) },
      })),
    ),
    {
      nodes: [node('Resize', 'w - - sizes', 'r', { mode: 'linear', antialias: 1 }), node('Add', 'x r', 'y')],
      tensors: { w: floats(1, 3, 9, 7), sizes: ints(1, 3, 4, 4) },
    },
  ],
  Round: [ofFixed('Round')],
  Shape: [
    {
      nodes: [node('Shape', 'x', 's'), node('Gather', 's i', 'g'), node('Reshape', 'x g', 'y')],
      tensors: { i: ints(2, 1, 3, 0) },
    },
    {
      nodes: [
        node('Shape', 'x', 's', { start: 1, end: -1 }),
        node('Concat', 's i', 'g', { axis: 0 }),
        node('Reshape', 'x g', 'y'),
      ],
      tensors: { i: ints(-1) },
    },
  ],
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  SimplifiedLayerNormalization: [
    op('SimplifiedLayerNormalization', 'x s', { epsilon: { float: 1e-3 } }, { s: floats(4) }),
  ],
  Sin: [ofFixed('Sin')],
  Size: [
    {
      nodes: [node('Size', 'x', 'n'), node('Unsqueeze', 'n zero', 's'), node('Reshape', 'x s', 'y')],
      tensors: { zero: ints(0) },
    },
  ],
  Slice: [
    op('Slice', 'x a b', {}, { a: ints(0, 1), b: ints(1, 3) }),
    op('Slice', 'x a b axes', {}, { a: ints(-3), b: ints(2 ** 53), axes: ints(-1) }),
    op('Slice', 'x a b axes steps', {}, { a: ints(0, 3), b: ints(4, -5), axes: ints(2, 3), steps: ints(2, -1) }),
  ],
  Softmax: [
    ...unary('Softmax'),
    op('Softmax', 'x', { axis: 1 }),
    op('Softmax', 'x', { axis: 1 }, {}, 11),
    onView([3, 4, 4], 'Softmax', 't'),
  ],
  Split: [
    { nodes: [node('Split', 'x p', 'a b', { axis: 1 }), node('Sub', 'a b', 'y')], tensors: { p: ints(1, 2) } },
    { nodes: [node('Split', 'x', 'a b', { axis: 3, num_outputs: 2 }), node('Sub', 'b a', 'y')] },
  ],
  Sqrt: ofPositive('Sqrt'),
  Squeeze: [op('Squeeze', 'x'), op('Squeeze', 'x axes', {}, { axes: ints(0) })],
  Sub: binary('Sub'),
  Swish: [{ ...op('Swish', 'x', { alpha: { float: 1.5 } }), opset: 24 }],
  Tanh: unary('Tanh'),
  Tile: [op('Tile', 'x r', {}, { r: ints(2, 1, 3, 1) })],
  Transpose: [op('Transpose', 'x', { perm: [0, 2, 3, 1] }), op('Transpose', 'x')],
  Trilu: [
    { nodes: [node('Trilu', 'w', 'f'), node('Add', 'x f', 'y')], tensors: { w: floats(4, 4) } },
    {
      nodes: [node('Trilu', 'w k', 'f', { upper: 0 }), node('Add', 'x f', 'y')],
      tensors: { w: floats(4, 4), k: int(-1) },
    },
  ],
  Unsqueeze: [op('Unsqueeze', 'x axes', {}, { axes: ints(1, -1) })],
  Where: [
    { nodes: [node('Where', 'c x w', 'y')], tensors: { c: bools(true, false, true, false), w: floats(4, 4) } },
    {
      nodes: [node('Where', 'c x w', 'v'), node('Add', 'v x', 'y')],
      tensors: { c: bools(false), w: floats(1, 3, 4, 4) },
    },
    { nodes: [node('Where', 'c x w', 'y')], tensors: { c: bools(true), w: floats(2, 3, 4, 4) } },
  ],
}
