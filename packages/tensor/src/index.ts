/**
 * Tensor programs: symbolic tensors with static shapes, their derivatives, and the definition of every op in float64.
 * @module
 */
export * from './contraction.ts'
export * from './elementwise.ts'
export { geluSlope, grad, unbroadcast, vjps } from './grad.ts'
export { type HostTensor, type HostTensors, interpret, type WeightLookup } from './interpret.ts'
export * from './movement.ts'
export { substitute } from './narrow.ts'
export type { DType, Op, OpParams, Shape, Tensor, TensorOf } from './ops.ts'
export { countFlops, isFixed, type Program, print, program } from './program.ts'
export { type ReverseOptions, type Rule, type Rules, reverse } from './reverse.ts'
export {
  constant,
  dim,
  input,
  only,
  operandsOf,
  parameter,
  ShapeError,
  scalar,
  scalarValue,
  show,
  sizeOf,
  threeOperandsOf,
} from './tensor.ts'
