import * as t from '@vitrine/tensor'
import { dim, sizeOf, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import { add, matmul, mul } from '../canonical.ts'
import { alike, type Operation, type Translation, type Translations } from '../operation.ts'

const MatMul: Translation = operation => {
  const { batch } = operation.graph
  const [a, b] = alike(operation.graph, operation.tensor(0), operation.tensor(1))
  // A vector is a matrix of one row, or of one column, whose axis is dropped again.
  if (a.shape.length === 1) return dropped(matmul(t.reshape(a, [1, -1]), b, batch), -2)
  if (b.shape.length === 1) return dropped(matmul(a, t.reshape(b, [-1, 1]), batch), -1)
  return matmul(a, b, batch)
}

const dropped = (x: Tensor, axis: -1 | -2): Tensor => t.reshape(x, x.shape.toSpliced(axis, 1))

const Gemm: Translation = operation => {
  const [transposeA, transposeB] = [operation.int('transA', 0) === 1, operation.int('transB', 0) === 1]
  const y = times(
    matmul(operation.tensor(0), operation.tensor(1), operation.graph.batch, transposeA, transposeB),
    operation.float('alpha', 1),
  )
  return operation.has(2) ? add(y, times(operation.tensor(2), operation.float('beta', 1))) : y
}

const times = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : mul(x, t.scalar(factor)))

const FusedMatMul: Translation = operation => {
  if (operation.int('transBatchA', 0) === 1 || operation.int('transBatchB', 0) === 1)
    throw new ModelError('a product over the first axis is not read')
  const [transposeA, transposeB] = [operation.int('transA', 0) === 1, operation.int('transB', 0) === 1]
  const y = matmul(operation.tensor(0), operation.tensor(1), operation.graph.batch, transposeA, transposeB)
  return times(y, operation.float('alpha', 1))
}

/** A sum over the axes that two operands share, written as letters; of one operand, a transposition. */
const Einsum: Translation = operation => {
  const equation = operation.text('equation', '').replace(/\s/g, '')
  const match = /^([a-z]+)(?:,([a-z]+))?->([a-z]*)$/i.exec(equation)
  const [letters = '', others, result = ''] = match?.slice(1) ?? []
  const once = (text: string) => new Set(text).size === text.length
  if (!match || !once(letters) || !once(others ?? '') || !once(result))
    throw new ModelError(`"${equation}" is not read`)
  const a = operation.tensor(0)
  if (others === undefined) return transposedTo(a, letters, result)
  return contraction(operation, a, operation.tensor(1), letters, others, result)
}

const transposedTo = (x: Tensor, letters: string, order: string): Tensor => {
  if (letters.length !== order.length) throw new ModelError(`"${letters}->${order}" is not read`)
  return t.transpose(
    x,
    [...order].map(letter => letters.indexOf(letter)),
  )
}

function contraction({ graph }: Operation, a: Tensor, b: Tensor, inA: string, inB: string, result: string): Tensor {
  const size = (letter: string): number =>
    inA.includes(letter) ? dim(a.shape, inA.indexOf(letter)) : dim(b.shape, inB.indexOf(letter))
  const [left, right] = [(letter: string) => inA.includes(letter), (letter: string) => inB.includes(letter)]
  const both = [...result].filter(letter => left(letter) && right(letter))
  const rows = [...result].filter(letter => !right(letter))
  const columns = [...result].filter(letter => !left(letter))
  const inner = [...inA].filter(letter => right(letter) && !result.includes(letter))
  if (
    both.length + rows.length + inner.length !== inA.length ||
    both.length + columns.length + inner.length !== inB.length
  )
    throw new ModelError(`"${inA},${inB}->${result}" is not read`)
  const sizes = (letters: readonly string[]): number[] => letters.map(size)
  const matrices = (x: Tensor, letters: string, order: readonly (readonly string[])[]): Tensor => {
    const [first = [], second = [], third = []] = order
    const turned = transposedTo(x, letters, [...first, ...second, ...third].join(''))
    return t.reshape(turned, [...sizes(first), sizeOf(sizes(second)), sizeOf(sizes(third))])
  }
  const product = matmul(matrices(a, inA, [both, rows, inner]), matrices(b, inB, [both, inner, columns]), graph.batch)
  const apart = t.reshape(product, [...sizes(both), ...sizes(rows), ...sizes(columns)])
  return transposedTo(apart, [...both, ...rows, ...columns].join(''), result)
}

/** Products of matrices. */
export const products: Translations = {
  Einsum,
  Gemm,
  MatMul,
  'com.microsoft.FusedMatMul': FusedMatMul,
}
