import { bools, type Case, floats, int, ints, node, onView, op, unary } from './case.ts'

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

/** Cases of the ops of the ONNX standard that work on each number by itself. */
export const elementwiseCases: Readonly<Record<string, readonly Case[]>> = {
  Abs: unary('Abs'),
  Add: [
    ...binary('Add'),
    onView([1, 16, 3], 'Add', 't b', {}, { b: floats(3) }),
    onView([1, 3, 16, 1], 'Add', 'b t', {}, { b: floats(1, 3, 16, 16) }),
  ],
  And: logic('And'),
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
  Cos: [ofFixed('Cos')],
  Div: [
    ...binary('Div'),
    { nodes: [node('Div', 'a b', 'c'), node('Reshape', 'x c', 'y')], tensors: { a: ints(7, 49), b: ints(2, 3) } },
  ],
  Equal: comparison('Equal'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Floor: [ofFixed('Floor')],
  Gelu: [...unary('Gelu'), op('Gelu', 'x', { approximate: 'tanh' })],
  Greater: comparison('Greater'),
  GreaterOrEqual: comparison('GreaterOrEqual'),
  HardSigmoid: unary('HardSigmoid', { alpha: { float: 0.3 }, beta: { float: 0.4 } }),
  HardSwish: unary('HardSwish'),
  IsNaN: [
    { nodes: [node('IsNaN', 'x', 'c'), node('Where', 'c zero x', 'y')], tensors: { zero: { shape: [], floats: [0] } } },
  ],
  Less: comparison('Less'),
  LessOrEqual: comparison('LessOrEqual'),
  Log: ofPositive('Log'),
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
  Pow: [0.5, 1, 2, 3, -1, -0.5].map(power => ({
    nodes: [node('Abs', 'x', 'p'), node('Pow', 'p e', 'y')],
    tensors: { e: { shape: [], floats: [power] } },
  })),
  Reciprocal: ofPositive('Reciprocal'),
  Relu: unary('Relu'),
  Round: [ofFixed('Round')],
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: [ofFixed('Sin')],
  Sqrt: ofPositive('Sqrt'),
  Sub: binary('Sub'),
  Swish: [{ ...op('Swish', 'x', { alpha: { float: 1.5 } }), opset: 24 }],
  Tanh: unary('Tanh'),
  Where: [
    { nodes: [node('Where', 'c x w', 'y')], tensors: { c: bools(true, false, true, false), w: floats(4, 4) } },
    {
      nodes: [node('Where', 'c x w', 'v'), node('Add', 'v x', 'y')],
      tensors: { c: bools(false), w: floats(1, 3, 4, 4) },
    },
    { nodes: [node('Where', 'c x w', 'y')], tensors: { c: bools(true), w: floats(2, 3, 4, 4) } },
  ],
}
