import { dim, only, operandsOf, type Shape, type Tensor, type TensorOf } from '@vitrine/tensor'
import { broadcastTo, isWeightMatrix, unrepeated } from '../facts.ts'
import type { Graph, Value } from './graph.ts'
import type { Step } from './step.ts'

/** Whether a product is a linear layer: any rows times a matrix that is the same at every run. */
export function isLinear(node: TensorOf<'matmul'>): boolean {
  const [x, matrix] = operandsOf(node)
  return isWeightMatrix(matrix) && (x.shape.length === 2 || !node.params.transposeA)
}

/**
 * One `Gemm` over all rows, with the bias if there is one. ONNX Runtime can read the matrix of a `Gemm` straight from a mapped file, or
 * pack it when the session is created.
 */
export function linear(node: TensorOf<'matmul'>, bias?: Tensor): Step {
  const { transposeA, transposeB } = node.params
  const [x, matrix] = operandsOf(node)
  // The transposition becomes a flag of Gemm: a `Transpose` node would copy the matrix.
  const turned = matrix.op === 'transpose'
  const weight = turned ? only(matrix) : matrix
  const attributes = { transA: Number(transposeA), transB: Number(transposeB !== turned) }
  const flat = x.shape.length === 2
  return {
    reads: bias ? [x, weight, bias] : [x, weight],
    emit: (g, [v = '', w = '', b]) => {
      const rows = flat ? v : g.reshape(v, [-1, dim(x.shape, -1)])
      const added = b === undefined ? [] : [bias?.shape.length === 1 ? b : g.reshape(b, [dim(node.shape, -1)])]
      const y = g.op('Gemm', [rows, w, ...added], attributes)
      return flat ? y : g.reshape(y, node.shape)
    },
  }
}

/**
 * A product of two tensors that change from run to run. `FusedMatMul` reads an operand as if it were transposed. On the shapes of
 * attention it measured as fast as `Transpose` and `MatMul`, or faster.
 */
export function product(node: TensorOf<'matmul'>): Step {
  const { transposeA, transposeB } = node.params
  const batch = node.shape.slice(0, -2)
  const keepsMatrices = (shapes: readonly Shape[]): boolean =>
    shapes.every((s, i) => {
      const whole = node.inputs[i]?.shape ?? []
      return s.length >= 2 && s.at(-1) === whole.at(-1) && s.at(-2) === whole.at(-2)
    })
  const reads = unrepeated(
    node.inputs,
    shapes =>
      keepsMatrices(shapes) &&
      broadcastTo(
        shapes.map(s => s.slice(0, -2)),
        batch,
      ),
  )
  const turned = (g: Graph, v: Value, rank: number): Value => {
    const axes = Array.from({ length: rank }, (_, i) => i)
    return g.op('Transpose', [v], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] })
  }
  return {
    reads,
    emit(g, operands) {
      if (!transposeA && !transposeB) return g.op('MatMul', operands)
      // FusedMatMul is an op of ONNX Runtime, and for float32 only.
      if (g.precision === 'single' && !g.standard)
        return g.op('com.microsoft.FusedMatMul', operands, { transA: Number(transposeA), transB: Number(transposeB) })
      const turns = [transposeA, transposeB]
      return g.op(
        'MatMul',
        operands.map((v, i) => (turns[i] ? turned(g, v, reads[i]?.shape.length ?? 2) : v)),
      )
    },
  }
}
