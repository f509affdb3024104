import {
  abs,
  add,
  constant,
  dim,
  fold,
  matmul,
  mul,
  type Pair,
  pad,
  reshape,
  sliceAxis,
  type Tensor,
  transpose,
  unfold,
  type Windows,
  windowCounts,
  windowSize,
} from '@vitrine/tensor'
import type { Cases, Leaves } from './case.ts'

const windows = (kernel: Pair, strides: Pair = [1, 1], dilations: Pair = [1, 1]): Windows => ({
  kernel,
  strides,
  dilations,
})

const SMALL = windows([3, 2])
const APART = windows([2, 3], [3, 1], [2, 2])
const POINTS = windows([1, 1], [2, 2])

/** A linear layer on what windows see of an image that is padded: `[…, windows, features]`. */
function convolved(l: Leaves, of: Windows, channels: number, features: number, padding: Pair = [0, 0]): Tensor {
  const image = l.float([2, channels, 6, 7])
  const [down, across] = padding
  const padded = pad(image, [0, 0, down, across], [0, 0, down, 2 * across])
  return matmul(unfold(padded, of), l.weight([features, channels * windowSize(of)]), false, true)
}

/** The same in groups of channels: `[batch, groups, windows, features of a group]`. */
function grouped(l: Leaves, of: Windows, groups: number, channels: number, features: number): Tensor {
  const image = pad(l.float([2, groups * channels, 6, 7]), [0, 0, 1, 2], [0, 0, 1, 0])
  const apart = reshape(image, [2, groups, channels, ...image.shape.slice(2)])
  return matmul(unfold(apart, of), l.weight([groups, features, channels * windowSize(of)]), false, true)
}

/** What a convolution hands back to its image: rows times weights, folded. */
function transposedTo(l: Leaves, of: Windows, size: Pair, channels: number, groups?: number): Tensor {
  const [down, across] = windowCounts(size, of)
  const leading = groups === undefined ? [2] : [2, groups]
  const weight = l.weight([...leading.slice(1), 3, channels * windowSize(of)])
  return fold(matmul(l.float([...leading, down * across, 3]), weight), { ...of, size })
}

/** As an image: `[batch, features, windows down, windows across]`. */
const asImage = (rows: Tensor, down: number): Tensor =>
  reshape(transpose(rows, [0, 2, 1]), [dim(rows.shape, 0), dim(rows.shape, 2), down, -1])

/** Windows alone, and in the forms that engines with convolutions compute at once. */
export const convolutionCases: { readonly unfold: Cases; readonly fold: Cases } = {
  unfold: {
    'windows that overlap': l => unfold(l.float([2, 3, 5, 4]), SMALL),
    'windows with gaps': l => unfold(l.float([3, 7, 6]), APART),
    'single pixels': l => unfold(l.float([2, 2, 5, 4]), POINTS),
    'of five axes': l => unfold(l.float([2, 2, 1, 4, 4]), SMALL),
    'of a weight': l => add(unfold(l.weight([2, 4, 4]), SMALL), l.float([12])),
    'a convolution': l => convolved(l, SMALL, 3, 4),
    'a convolution, padded': l => convolved(l, SMALL, 3, 4, [1, 2]),
    'a convolution with strides and dilations': l => convolved(l, APART, 2, 3, [2, 1]),
    'a convolution of single pixels': l => convolved(l, POINTS, 2, 3),
    'a convolution with a bias, as an image': l => asImage(add(convolved(l, SMALL, 3, 4, [1, 1]), l.weight([4])), 6),
    'a convolution with a bias that is read elsewhere': l => {
      const y = add(convolved(l, SMALL, 3, 4), l.weight([4]))
      return { y, image: abs(asImage(y, 4)) }
    },
    'a convolution by fixed numbers': l =>
      matmul(unfold(l.float([1, 1, 4, 5]), SMALL), constant([1, 2, 3, -1, -2, -3], [1, 6]), false, true),
    'a convolution whose rows are read elsewhere': l => {
      const rows = unfold(l.float([2, 2, 5, 4]), SMALL)
      return { rows: mul(rows, l.float([12])), y: matmul(rows, l.weight([3, 12]), false, true) }
    },
    'a convolution by numbers that change': l =>
      matmul(unfold(l.float([2, 5, 4]), SMALL), l.float([3, 12]), false, true),
    'a convolution in groups': l => grouped(l, SMALL, 2, 3, 4),
    'a convolution of each channel': l => grouped(l, APART, 4, 1, 1),
    'a convolution of each channel to two': l => grouped(l, SMALL, 3, 1, 2),
  },
  fold: {
    'windows that overlap': l => fold(l.float([2, 9, 12]), { ...SMALL, size: [5, 4] }),
    'windows with gaps': l => fold(l.float([4, 12]), { ...APART, size: [6, 6] }),
    'single pixels': l => fold(l.float([2, 6, 3]), { ...POINTS, size: [4, 5] }),
    'of five axes': l => fold(l.float([2, 3, 9, 6]), { ...SMALL, size: [5, 4] }),
    'rows times weights': l => transposedTo(l, SMALL, [6, 5], 2),
    'rows times weights, with strides and dilations': l => transposedTo(l, APART, [8, 6], 2),
    'rows times weights, in groups': l => transposedTo(l, SMALL, [6, 5], 2, 2),
    'rows times weights of each channel, in part': l => sliceAxis(transposedTo(l, POINTS, [6, 5], 1, 3), -2, 1, 5),
  },
}
