import { type Case, floats, ints, node, op } from './case.ts'

const pools = (name: string): readonly Case[] => [
  op(name, 'x', { kernel_shape: [2, 2], strides: [2, 2] }),
  op(name, 'x', { kernel_shape: [3, 2], strides: [1, 1] }),
  op(name, 'x', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  op(name, 'x', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  op(name, 'x', { kernel_shape: [2, 2], strides: [3, 3], pads: [0, 1, 0, 0], ceil_mode: 1 }),
  op(name, 'x', { kernel_shape: [2, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
]

/** Cases of the ops of the ONNX standard for images: convolutions, pools over windows and resizing. */
export const imageCases: Readonly<Record<string, readonly Case[]>> = {
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
  MaxPool: pools('MaxPool'),
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
}
