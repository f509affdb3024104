/**
 * Checkpoints as they are found: safetensors, both formats of `torch.save`, shards; from files, memory or Blobs. Their names, their
 * geometry and what is assumed of them. Runs anywhere.
 * @module
 */

export type { WeightLocation, Weights } from '@vitrine/tensor'
export { ModelError, NoTextTowerError, UnknownModelError } from '../errors.ts'
export { type Bytes, blobBytes, memoryBytes, type SyncBytes } from './bytes.ts'
export {
  arrayOf,
  asItLies,
  type Checkpoint,
  type CheckpointArray,
  readArray,
  readArraySync,
  type StoredArray,
} from './checkpoint.ts'
export { type Description, describe } from './describe.ts'
export { dtypes, type Numbers } from './dtypes.ts'
export type { KnownFact } from './facts.ts'
export { FAMILIES, type Family, type Question, questionsOf } from './families.ts'
export { withHead } from './head.ts'
export { configHints, type Fact, type Hints, preprocessorHints, type Statements } from './hints.ts'
export {
  type CheckpointModel,
  hashBytes,
  type Model,
  type ModelBytes,
  type ModelFiles,
  modelFromBytes,
  type UnderstoodModel,
  understand,
} from './model.ts'
export { type Beside, openCheckpoint } from './open.ts'
export { openSafetensors, openSafetensorsSync } from './safetensors.ts'
export { type StateDict, stateDict } from './state-dict.ts'
