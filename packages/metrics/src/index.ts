export { type MapAgreement, mapAgreement, metricDifferences } from './agreement.ts'
export { area } from './area.ts'
export { columnName, partsOfColumn, targets, targetsOfGroup, targetsOfGroup as targetsOfFamily } from './columns.ts'
export { MetricError } from './errors.ts'
export {
  type Explained,
  type FamilyColumns,
  followPaths,
  type MapFamily,
  measureMap,
  measurePair,
} from './failures.ts'
export type { PathValues } from './frozen/path-metric.ts'
export { groupOfColumn, groupsOf, groupVersions, metricGroups } from './groups.ts'
export { type ReadyMap, readyMap, type Size } from './heatmap.ts'
export { type Localization, localize } from './localize.ts'
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
export { boxOnInput, objectOnInput, removalMasks, type SharedPath, sharedSteps, type Walk } from './paths.ts'
export {
  type Failure,
  type IllustratedRecord,
  type Pattern,
  type PatternId,
  patterns,
  worstImages,
} from './patterns.ts'
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
} from './perturbation.ts'
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
export { resizeBilinear } from './resize.ts'
export { faithfulnessScores, localizationScores } from './scores.ts'
export { spearman } from './spearman.ts'
export { type Aggregate, type AggregateId, aggregate, aggregates } from './statistics/aggregates.ts'
export { type Asked, type At, imageValues, type StoredRecord } from './statistics/columns.ts'
export { type PairedDifference, pairedDifference, pairedDifferences } from './statistics/compare.ts'
export { headlines, headlineTitle } from './statistics/headlines.ts'
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
export { type FailureSummary, intervalsOf, summarizeFailures } from './statistics/summary.ts'
export { type ThresholdSweep, thresholdSweep } from './statistics/thresholds.ts'
export { type InputImage, type Scene, sceneOf } from './subject.ts'
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
export type { PixelMask } from './ties.ts'
export { truthPixels } from './truth.ts'
export type { Box, Counts, Curve, Curves, Heatmap, MetricGroup, State, Target, Truth } from './types.ts'
