import {
  abs,
  add,
  broadcast,
  concat,
  exp,
  matmul,
  mul,
  neg,
  relu,
  reshape,
  type Shape,
  transpose,
} from '@vitrine/tensor'
import type { Cases } from './case.ts'

const FLAGS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const

/** Leading axes of both operands. */
const BATCHES: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[2], [2]],
  [[2, 3], [3]],
  [[], [4]],
  [
    [2, 1],
    [1, 3],
  ],
]

const matrix = (batch: Shape, rows: number, columns: number, transposed: boolean): Shape =>
  transposed ? [...batch, columns, rows] : [...batch, rows, columns]

const plain: Cases = Object.fromEntries(
  BATCHES.flatMap(([a, b]) =>
    FLAGS.map(([ta, tb]) => [
      `[${a}] and [${b}]${ta ? ', a transposed' : ''}${tb ? ', b transposed' : ''}`,
      l => matmul(l.float(matrix(a, 3, 4, ta)), l.float(matrix(b, 4, 5, tb)), ta, tb),
    ]),
  ),
)

const weights: Cases = Object.fromEntries(
  FLAGS.flatMap(([ta, tb]) =>
    [[], [2], [2, 3]].map(batch => [
      `a weight, rows [${batch}]${ta ? ', a transposed' : ''}${tb ? ', b transposed' : ''}`,
      l => {
        const y = matmul(l.float(matrix(batch, 3, 4, ta)), l.weight(matrix([], 4, 5, tb)), ta, tb)
        return add(y, l.weight([5]))
      },
    ]),
  ),
)

/** Products as they occur in models, gradients and relevance rules. */
export const matmulCases: Cases = {
  ...plain,
  ...weights,
  'sizes 1': l => matmul(l.float([1, 1]), l.float([1, 1])),
  'one row': l => matmul(l.float([1, 7]), l.weight([5, 7]), false, true),
  'one column': l => matmul(l.float([5, 7]), l.weight([1, 7]), false, true),
  'an inner size of 1': l => matmul(l.float([2, 3, 1]), l.float([2, 1, 4])),
  'a long inner axis': l => matmul(l.float([3, 1000]), l.weight([4, 1000]), false, true),
  'heads of attention': l => matmul(l.float([2, 3, 17, 8]), l.float([2, 3, 17, 8]), false, true),
  'a bias on the left': l => add(l.weight([5]), matmul(l.float([2, 3, 4]), l.weight([5, 4]), false, true)),
  'a bias with axes of size 1': l =>
    add(matmul(l.float([2, 3, 4]), l.weight([5, 4]), false, true), l.weight([1, 1, 5])),
  'a repeated bias': l =>
    add(matmul(l.float([2, 3, 4]), l.weight([5, 4]), false, true), broadcast(l.weight([5]), [2, 3, 5])),
  'a bias that repeats the product': l => add(matmul(l.float([1, 4]), l.weight([5, 4]), false, true), l.weight([3, 1])),
  'a bias of one number': l => add(matmul(l.float([3, 4]), l.weight([5, 4]), false, true), l.weight([1])),
  'a bias that is an input': l => add(matmul(l.float([3, 4]), l.weight([5, 4]), false, true), l.float([5])),
  'a product that is read twice': l => {
    const y = matmul(l.float([3, 4]), l.weight([5, 4]), false, true)
    return { y, biased: add(y, l.weight([5])), other: neg(y) }
  },
  'a product added to itself': l => {
    const y = matmul(l.float([3, 4]), l.weight([5, 4]), false, true)
    return add(y, y)
  },
  'one weight in both directions': l => {
    const w = l.weight([5, 4])
    const y = matmul(l.float([2, 3, 4]), w, false, true)
    return { y, back: matmul(exp(y), w) }
  },
  'a weight under another shape': l => {
    const w = l.weight([20])
    return { y: matmul(l.float([3, 4]), reshape(w, [5, 4]), false, true), w: add(w, l.float([20])) }
  },
  'a weight transposed': l => matmul(l.float([2, 3, 4]), transpose(l.weight([5, 4]), [1, 0])),
  'a weight transposed twice': l => matmul(l.float([2, 3, 5]), transpose(l.weight([5, 4]), [1, 0]), false, true),
  'the size of a weight': l => matmul(l.float([2, 3, 4]), abs(l.weight([5, 4])), false, true),
  'parts of a weight side by side': l => {
    const w = l.weight([5, 4])
    const x = l.float([2, 3, 4])
    return matmul(concat([x, mul(x, x)], -1), concat([relu(w), neg(relu(neg(w)))], 1), false, true)
  },
  'a weight on the left': l => matmul(l.weight([3, 4]), l.float([2, 4, 5])),
  'weights only': l => add(matmul(l.weight([3, 4]), l.weight([5, 4]), false, true), l.weight([5])),
  'a weight with leading axes': l => matmul(l.float([2, 3, 4]), l.weight([2, 4, 5])),
  'a repeated operand': l => matmul(broadcast(l.float([1, 3, 4]), [2, 3, 4]), l.float([2, 4, 5])),
  'a repeated column': l => matmul(broadcast(l.float([2, 3, 1]), [2, 3, 4]), l.float([2, 4, 5])),
  'both operands repeated': l => matmul(broadcast(l.float([3, 4]), [2, 3, 4]), broadcast(l.float([4, 5]), [2, 4, 5])),
}
