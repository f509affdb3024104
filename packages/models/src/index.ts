/**
 * Vision Transformers as tensor programs, their configurations, their weights and their preprocessing.
 * @module
 */
export {
  gridOf,
  type Pooling,
  type PrefixToken,
  parameterShapes,
  parseConfig,
  type VisionTransformerConfig,
  vitB16,
} from './config.ts'
export { ModelError } from './errors.ts'
export { fileWeights, type Model, type ModelWeights, modelIds, openModel, readModel } from './model.ts'
export { normalise } from './preprocess.ts'
export { type RgbPixels, resizeBilinearAntialiased } from './resize.ts'
export { type ByteRange, hashFile, openSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts'
export {
  type BlockTrace,
  type PatchEmbedding,
  type Trace,
  type TraceOptions,
  type VisionTransformer,
  visionTransformer,
} from './vision-transformer.ts'
