/**
 * Inference engines that run tensor programs.
 * @module
 */
export type { Backend, BackendOptions, Executable, Precision, WeightLocation, Weights } from './backend.ts'
export * from './errors.ts'
export { checkBackend, openBackend } from './open.ts'
export { hostWeights } from './weights.ts'
