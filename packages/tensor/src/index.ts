/**
 * Tensor programs: symbolic tensors with static shapes, their derivatives, and the definition of every op in float64.
 * @module
 */
export * from './build.ts'
export { countFlops, flopsOf } from './flops.ts'
export { geluSlope, grad, unbroadcast, vjps } from './grad.ts'
export { isFixed, topological } from './graph.ts'
export type { HostTensor, HostTensors } from './host.ts'
export { interpret } from './interpret.ts'
export { constant, indices, input, parameter, scalar } from './leaves.ts'
export { substitute } from './narrow.ts'
export type { DType, Op, OpParams, Shape, Tensor, TensorOf } from './ops.ts'
export { type ListedProgram, listed, listing, print } from './print.ts'
export { type Program, program } from './program.ts'
export { type ReverseOptions, type Rule, type Rules, reverse } from './reverse.ts'
export { broadcastShapes } from './shapes.ts'
export {
  dim,
  only,
  operandsOf,
  ShapeError,
  sameNumbers,
  scalarValue,
  show,
  sizeOf,
  threeOperandsOf,
} from './tensor.ts'
export { ProgramError, verify } from './verify.ts'
export { UnusedTensorError } from './views.ts'
export type { WeightLocation, WeightLookup, Weights } from './weights.ts'
export { type Pair, pixelPlaces, type Windows, windowCounts, windowPixels, windowReach, windowSize } from './windows.ts'
