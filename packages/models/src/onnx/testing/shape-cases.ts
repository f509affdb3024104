import { type Case, floats, int, ints, node, op, unary } from './case.ts'

/** Cases of the ops of the ONNX standard that move numbers, make shapes or choose a branch. */
export const shapeCases: Readonly<Record<string, readonly Case[]>> = {
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
  Dropout: unary('Dropout'),
  Expand: [
    op('Expand', 'x s', {}, { s: ints(2, 1, 1, 1) }),
    { nodes: [node('Expand', 'w s', 'e'), node('Add', 'x e', 'y')], tensors: { w: floats(3, 1, 1), s: ints(3, 4, 4) } },
  ],
  Flatten: [op('Flatten', 'x'), op('Flatten', 'x', { axis: 2 }), op('Flatten', 'x', { axis: -1 })],
  Gather: [
    op('Gather', 'x i', { axis: 1 }, { i: int(-1) }),
    op('Gather', 'x i', { axis: 2 }, { i: ints(3, 0, 0, 2) }),
    op('Gather', 'x i', { axis: 3 }, { i: { shape: [2, 2], ints: [0, 1, 2, 3] } }),
  ],
  GatherND: [
    op('GatherND', 'x i', {}, { i: { shape: [2, 3], ints: [0, 2, 1, 0, -1, 0] } }),
    op('GatherND', 'x i', {}, { i: { shape: [1, 2, 2], ints: [0, 1, 0, 2] } }),
  ],
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
  Pad: [
    op('Pad', 'x p', {}, { p: ints(0, 0, 1, 2, 0, 0, 3, 0) }),
    op('Pad', 'x p - axes', {}, { p: ints(1, 2), axes: ints(-1) }),
    op('Pad', 'x p', {}, { p: ints(0, 0, -1, 0, 0, 0, 2, -1) }),
  ],
  Range: [
    {
      nodes: [node('Range', 'a b c', 'r'), node('Cast', 'r', 'f', { to: 1 }), node('Add', 'x f', 'y')],
      tensors: { a: int(9), b: int(1), c: int(-2) },
    },
  ],
  Reshape: [
    op('Reshape', 'x s', {}, { s: ints(0, -1, 2) }),
    op('Reshape', 'x s', {}, { s: ints(48) }),
    op('Reshape', 'x s', {}, { s: ints(-1, 16) }),
  ],
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
  Split: [
    { nodes: [node('Split', 'x p', 'a b', { axis: 1 }), node('Sub', 'a b', 'y')], tensors: { p: ints(1, 2) } },
    { nodes: [node('Split', 'x', 'a b', { axis: 3, num_outputs: 2 }), node('Sub', 'b a', 'y')] },
  ],
  Squeeze: [op('Squeeze', 'x'), op('Squeeze', 'x axes', {}, { axes: ints(0) })],
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
}
