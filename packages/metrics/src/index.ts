export { boxAround } from './box.ts'
export { measureCoherence, type PixelGroups, pixelGroups } from './coherence/pixel-groups.ts'
export {
  columnName,
  customGroup,
  failureColumn,
  partsOfColumn,
  targets,
  targetsOfGroup,
} from './columns.ts'
export { type Claim, measureCompleteness } from './completeness/measure-completeness.ts'
export { type Explained, measurePair } from './discrimination/measure-pair.ts'
export type { PairQuestion } from './discrimination/pair-question.ts'
export type { Effects } from './effects/effects.ts'
export {
  type ImageRegions,
  listRegions,
  measureEffects,
  type Regions,
  regionCount,
  regionMask,
  regionsOf,
} from './effects/regions.ts'
export { MetricError } from './errors.ts'
export { area } from './faithfulness/area.ts'
export { maskPositions } from './faithfulness/mask-positions.ts'
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
export { followPaths, isTooDear } from './frozen/follow-paths.ts'
export type { PathValues } from './frozen/path-values.ts'
export { groupOfColumn, groupsOf, groupTitles, groupVersions, metricGroups } from './groups.ts'
export { type InsertionCurves, type InsertionMasks, insertionMasks, insertionShares } from './insertion/game.ts'
export { type Localization, localize } from './localization/localize.ts'
export { objectsThatCount, truthPixels } from './localization/truth.ts'
export type { ComparedMap } from './map/compared-map.ts'
export { type ReadyMap, readyMap } from './map/heatmap.ts'
export {
  type ImageTruth,
  imageTruth,
} from './map/image-truth.ts'
export { isMapMetric, mapGroups, measureMap } from './map/measure-map.ts'
export { onPatches } from './map/patches.ts'
export { resizeBilinear } from './map/resize.ts'
export { pearson, ranks, spearman } from './map/spearman.ts'
export {
  type AnyMetric,
  type Confusion,
  type FaithfulnessMetric,
  type LocalizationMetric,
  type MapGroup,
  type MapMetric,
  type MetricDefinition,
  type MetricOf,
  metric,
  type PairMetric,
  type PathMetric,
  valuesOf,
  wordsOf,
} from './metric.ts'
export {
  type FaithfulnessMetricId,
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
export { measureMosaic, mosaicSide } from './mosaic/measure-mosaic.ts'
export { meanOf, median, nearestThreshold } from './numbers.ts'
export { measureObjects, type SeenThing } from './objects/measure-objects.ts'
export { loadMetric } from './outside.ts'
export { type SharedPath, sharedSteps } from './paths/paths.ts'
export { removalMasks } from './paths/removal.ts'
export { boxOnInput, objectOnInput, type Walk } from './paths/walk.ts'
export type {
  AreaRule,
  CoherenceRules,
  CompletenessRules,
  DiagnosticRules,
  Division,
  EffectRules,
  Fill,
  Grid,
  InsertionRules,
  MosaicRules,
  Path,
  Prediction,
  Protocol,
  RandomisationRules,
  Ranking,
  Removal,
  RobustnessRules,
  SoftMaskRules,
  TieRule,
  TruthObjects,
  TruthRule,
} from './protocol.ts'
export { conventions } from './protocol.ts'
export {
  findProtocol,
  type GridBase,
  gridBases,
  gridProtocol,
  gridProtocolIds,
  type RemovalId,
  removalIds,
  removals,
} from './protocol-grid.ts'
export { type ProtocolId, protocols, targetsOf } from './protocols.ts'
export { measureRandomisation, type RandomisedHeatmaps } from './randomisation/measure-randomisation.ts'
export { redrawn } from './randomisation/redrawn.ts'
export { type Alikeness, staysAlike } from './randomisation/stays-alike.ts'
export { registry } from './registry.ts'
export {
  leavesNothing,
  type PixelRemoval,
  type RemovedImage,
  type Remover,
  removalKey,
  removalOf,
  removerOf,
  takesPatches,
} from './removal/remove.ts'
export { measureRobustness, type NeighbourMap } from './robustness/measure-robustness.ts'
export { imageDistance, neighbours } from './robustness/neighbours.ts'
export { type Cost, type MetricRow, rangeOf } from './row.ts'
export { faithfulnessScores, localizationScores } from './scores.ts'
export type { Confidences } from './soft-mask/confidences.ts'
export { fade } from './soft-mask/fade.ts'
export { type Aggregate, type AggregateId, aggregate, aggregates } from './statistics/aggregates.ts'
export { type MapAgreement, mapAgreement, metricDifferences } from './statistics/agreement.ts'
export { type PairedDifference, pairedDifference, pairedDifferences } from './statistics/compare.ts'
export { type ResampleOptions, resampleDefaults } from './statistics/draws.ts'
export { type FamilyDifference, familyDifferences, holm } from './statistics/family.ts'
export { type HalvesAgreement, type HalvesOptions, halvesAgreement } from './statistics/halves.ts'
export { headlines, headlineTitle } from './statistics/headlines.ts'
export {
  type Asked,
  type At,
  type CustomColumn,
  customValues,
  imageValues,
  type MetricFailure,
  metricFailures,
  type RecordReader,
  readerOf,
  type StoredRecord,
} from './statistics/image-values.ts'
export { kendall, rankingAgreement } from './statistics/kendall.ts'
export { imagesNeeded, type NeededOptions } from './statistics/needed-images.ts'
export {
  type Failure,
  type IllustratedRecord,
  type Pattern,
  type PatternId,
  patterns,
  worstImages,
} from './statistics/patterns.ts'
export type { Interval, Verdict } from './statistics/percentiles.ts'
export { type RankRange, rankRange } from './statistics/rank-range.ts'
export { bootstrapIntervals, type ImageValues } from './statistics/resample.ts'
export {
  type AgainstBest,
  type AgainstControl,
  type Contender,
  type DetailedStanding,
  detailedStandings,
  neighboursToldApart,
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
export {
  type DiagnosticSummary,
  intervalsOf,
  summarizeDiagnostics,
} from './statistics/summary.ts'
export { type ThresholdSweep, thresholdSweep } from './statistics/thresholds.ts'
export { type Worth, worthOf } from './statistics/worth.ts'
export type {
  Box,
  Counts,
  Curve,
  Curves,
  GroupColumns,
  Heatmap,
  InputImage,
  MetricGroup,
  Size,
  State,
  Target,
  Truth,
} from './types.ts'
