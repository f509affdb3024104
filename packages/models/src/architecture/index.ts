/**
 * Vision Transformers as tensor programs, their configurations, the options of a model's name, and preprocessing. Runs anywhere: nothing
 * here reads a file.
 * @module
 */
export { ModelError, NoTextTowerError, UnknownModelError } from '../errors.ts'
export {
  type BlockTrace,
  type Capabilities,
  type Capability,
  type ExplainableModel,
  type ModelInput,
  type PatchEmbedding,
  parametersOf,
  type TokenMixing,
  type Trace,
  type TraceOptions,
} from '../explainable.ts'
export { baseSizes } from './base-sizes.ts'
export {
  type Grid,
  gridOf,
  type Pooling,
  type PrefixToken,
  type Rgb,
  type Size,
  type VisionTransformerConfig,
  vitB16,
} from './config.ts'
export { intoWindows, outOfWindows, type Windows } from './parts/windows.ts'
export { type Fit, fitPicture, normalise, type Placement, placementOf } from './preprocess.ts'
export { type Filter, type RgbPixels, resizeAntialiased, resizeBilinearAntialiased } from './resize.ts'
export {
  FILE_OPTIONS,
  type ModelKind,
  type ModelSpec,
  type NormalisationWord,
  parseSpec,
  requireOptionsOf,
  type SpecOptions,
} from './spec.ts'
export { type SwinConfig, type SwinStage, type SwinTransformer, swinTransformer } from './swin-transformer.ts'
export { parameterShapes, type VisionTransformer, visionTransformer } from './vision-transformer.ts'
