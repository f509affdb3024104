import type { Op, Shape, Tensor, TensorOf } from '@vitrine/tensor'
import type { Facts } from '../facts.ts'
import type { Graph, Value } from './graph.ts'

/** How one op becomes ONNX: the tensors it reads (not always its operands) and the nodes it adds. */
export interface Step {
  readonly reads: readonly Tensor[]
  emit(graph: Graph, operands: readonly Value[], leaves: Leaves): Value
}

/** How the leaves of a program enter its graph. */
export interface Leaves {
  input(node: TensorOf<'input'>): Value
  parameter(node: TensorOf<'parameter'>, shape: Shape): Value
  constant(node: TensorOf<'constant'>): Value
}

/** What a lowering may use. */
export interface Kernels {
  /** Several ops as one node of ONNX Runtime's own (`fused.ts`). */
  readonly fused: boolean
  /** Convolutions, which ONNX Runtime has in float32 only. */
  readonly convolutions: boolean
}

export type Lowering<O extends Op = Op> = (node: TensorOf<O>, facts: Facts, kernels: Kernels) => Step
