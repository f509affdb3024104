/**
 * Vision Transformers as tensor programs, their configurations, their weights and their preprocessing.
 * @module
 */
export { openSafetensors, writeSafetensors } from './checkpoint/safetensors.ts'
export { type ByteRange, hashFile, type TensorFile } from './checkpoint/tensor-file.ts'
export {
  gridOf,
  type Pooling,
  type PrefixToken,
  parameterShapes,
  type VisionTransformerConfig,
  vitB16,
} from './config.ts'
export type { KnownFact } from './describe.ts'
export { ModelError, UnknownModelError } from './errors.ts'
export type { Fit, Size } from './hints.ts'
export { cachedRepositories, cacheFolder, type DownloadProgress, downloadChannel } from './hub/cache.ts'
export { HUB_EXAMPLES } from './hub/names.ts'
export { fileWeights, type Model, type ModelWeights, modelIds, openModel, readModel } from './model.ts'
export { fitPicture, normalise, type Placement, placementOf } from './preprocess.ts'
export { type Filter, type RgbPixels, resizeAntialiased, resizeBilinearAntialiased } from './resize.ts'
export {
  type BlockTrace,
  type PatchEmbedding,
  type Trace,
  type TraceOptions,
  type VisionTransformer,
  visionTransformer,
} from './vision-transformer.ts'
