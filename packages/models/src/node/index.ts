/**
 * Models in files and on the hub, for Node.js.
 * @module
 */
export type { WeightLocation, Weights } from '@vitrine/tensor'
export type { CheckpointModel, Model } from '../checkpoint/model.ts'
export type { OpenRunners } from './exported-model.ts'
export { type FileBytes, fileBytes, hashFile } from './file-bytes.ts'
export { fileWeights } from './float32-copy.ts'
export { cachedRepositories, cacheFolder, type DownloadProgress, downloadChannel } from './hub/cache.ts'
export { HUB_EXAMPLES } from './hub/names.ts'
export { modelIds, openModel, readModel } from './model.ts'
export { openArrays, openSafetensors, type TensorFile, tensorFile, writeSafetensors } from './tensor-file.ts'
export { openTextModel, type TextModel } from './text-model.ts'
export { keptHead, type NamedVectors, unit, writeHead } from './vector-head.ts'
