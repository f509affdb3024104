export { columnName, partsOfColumn, targets, targetsOfGroup, targetsOfGroup as targetsOfFamily } from './columns.ts'
export {
  type Explained,
  type FamilyColumns,
  followPaths,
  type MapFamily,
  measureMap,
  measurePair,
} from './diagnostics.ts'
export { MetricError } from './errors.ts'
export { area } from './faithfulness/area.ts'
export {
  applyMask,
  curvesOf,
  type DistinctPerturbations,
  distinctPerturbations,
  type Perturbation,
  type Perturbations,
  perturbationMasks,
  type RankedMap,
  rankMap,
} from './faithfulness/perturbation.ts'
export type { PixelMask } from './faithfulness/ties.ts'
export type { PathValues } from './frozen/path-metric.ts'
export { groupOfColumn, groupsOf, groupVersions, metricGroups } from './groups.ts'
export { type Localization, localize } from './localization/localize.ts'
export { truthPixels } from './localization/truth.ts'
export { type InputImage, type Scene, sceneOf } from './map/compared-map.ts'
export { type ReadyMap, readyMap, type Size } from './map/heatmap.ts'
export { resizeBilinear } from './map/resize.ts'
export { spearman } from './map/spearman.ts'
export {
  type Cost,
  type FaithfulnessMetricId,
  type Family,
  faithfulnessMetrics,
  type LocalizationMetricId,
  localizationMetrics,
  type MapMetricId,
  type Metric,
  type MetricId,
  mapMetrics,
  metrics,
  type PairMetricId,
  type PathMetricId,
  pairMetrics,
  passesOf,
  pathMetrics,
} from './metrics.ts'
export { boxOnInput, objectOnInput, removalMasks, type SharedPath, sharedSteps, type Walk } from './paths/paths.ts'
export type {
  AreaRule,
  Division,
  FailureRules,
  Grid,
  Path,
  Prediction,
  Protocol,
  Ranking,
  Resize,
  TieRule,
  TruthObjects,
  TruthRule,
} from './protocol.ts'
export { type ProtocolId, protocols, targetsOf } from './protocols.ts'
export { faithfulnessScores, localizationScores } from './scores.ts'
export { type Aggregate, type AggregateId, aggregate, aggregates } from './statistics/aggregates.ts'
export { type MapAgreement, mapAgreement, metricDifferences } from './statistics/agreement.ts'
export { type PairedDifference, pairedDifference, pairedDifferences } from './statistics/compare.ts'
export { headlines, headlineTitle } from './statistics/headlines.ts'
export { type Asked, type At, imageValues, type StoredRecord } from './statistics/image-values.ts'
export {
  type Failure,
  type IllustratedRecord,
  type Pattern,
  type PatternId,
  patterns,
  worstImages,
} from './statistics/patterns.ts'
export {
  bootstrapIntervals,
  type ImageValues,
  type Interval,
  type ResampleOptions,
  resampleDefaults,
} from './statistics/resample.ts'
export {
  type AgainstBest,
  type AgainstControl,
  type Contender,
  type Standing,
  standings,
} from './statistics/standings.ts'
export {
  type FaithfulnessColumns,
  type FaithfulnessSummary,
  type ImageColumns,
  type ImageCounts,
  type LocalizationColumns,
  type LocalizationSummary,
  type Summary,
  summarize,
} from './statistics/summarize.ts'
export { type FailureSummary, intervalsOf, summarizeFailures } from './statistics/summary.ts'
export { type ThresholdSweep, thresholdSweep } from './statistics/thresholds.ts'
export type { Box, Counts, Curve, Curves, Heatmap, MetricGroup, State, Target, Truth } from './types.ts'
