/**
 * What tensor programs need of any backend, and what is known of each without loading it. Runs in Node.js and in a browser.
 * @module
 */

export type { WeightLocation, Weights } from '@vitrine/tensor'
export type {
  Backend,
  BackendFacts,
  BackendOptions,
  Capabilities,
  EngineFacts,
  Executable,
  Precision,
} from './backend.ts'
export { backendOf, type Compiled, type Engine } from './backend-of.ts'
export {
  BackendError,
  DisposedError,
  EngineUnavailableError,
  InputError,
  PrecisionError,
  UnknownBackendError,
  WeightError,
} from './errors.ts'
export type { GivenInput } from './inputs.ts'
export { type BackendId, backends, capabilitiesOf } from './registry.ts'
export { hostWeights, numbersOf } from './weights.ts'
