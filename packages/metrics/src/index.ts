export { area } from './area.ts'
export { MetricError } from './errors.ts'
export { type ReadyMap, readyMap, type Size } from './heatmap.ts'
export { type Localization, localize } from './localize.ts'
export {
  type FaithfulnessMetricId,
  faithfulnessMetrics,
  type LocalizationMetricId,
  localizationMetrics,
  type Metric,
  type MetricId,
  metrics,
} from './metrics.ts'
export {
  applyMask,
  curvesOf,
  type DistinctPerturbations,
  distinctPerturbations,
  type Perturbation,
  type Perturbations,
  type PixelMask,
  perturbationMasks,
} from './perturbation.ts'
export type {
  AreaRule,
  Division,
  Grid,
  Prediction,
  Protocol,
  Ranking,
  Resize,
  TieRule,
  TruthObjects,
  TruthRule,
} from './protocol.ts'
export { type ProtocolId, protocols, targetsOf } from './protocols.ts'
export { resizeBilinear } from './resize.ts'
export { faithfulnessScores, localizationScores } from './scores.ts'
export { type Asked, type At, imageValues, type StoredRecord } from './statistics/columns.ts'
export { type PairedDifference, pairedDifference, pairedDifferences } from './statistics/compare.ts'
export {
  bootstrapIntervals,
  type ImageValues,
  type Interval,
  type ResampleOptions,
  resampleDefaults,
} from './statistics/resample.ts'
export { type AgainstControl, type Contender, type Standing, standings } from './statistics/standings.ts'
export {
  type FaithfulnessColumns,
  type FaithfulnessSummary,
  type ImageColumns,
  type ImageCounts,
  type LocalizationColumns,
  type LocalizationSummary,
  type Summary,
  summarize,
} from './summarize.ts'
export { truthPixels } from './truth.ts'
export type { Box, Counts, Curve, Curves, Heatmap, State, Target, Truth } from './types.ts'
