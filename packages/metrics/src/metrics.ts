import { regionCount } from './effects/regions.ts'
import { insertionShares } from './insertion/game.ts'
import type { AnyMetric, MetricOf } from './metric.ts'
import { mosaicSide } from './mosaic/measure-mosaic.ts'
import type { Protocol } from './protocol.ts'
import { registry } from './registry.ts'
import type { Cost, MetricRow } from './row.ts'
import type { MetricGroup } from './types.ts'

type Registry = { readonly [G in MetricGroup]: readonly MetricOf[G][] }
registry satisfies Registry

function tableOf<const Rows extends readonly AnyMetric[]>(
  ...rows: Rows
): { readonly [R in Rows[number] as R['id']]: R } {
  return Object.fromEntries(rows.map(row => [row.id, row])) as { readonly [R in Rows[number] as R['id']]: R }
}

/** Metrics of thresholded maps. */
export const countMetrics = tableOf(...registry.localization)
/** Metrics of perturbation curves. */
export const curveMetrics = tableOf(...registry.faithfulness)
/** Metrics of one map. */
export const mapMetrics = tableOf(
  ...registry.pointing,
  ...registry.texture,
  ...registry.diffusion,
  ...registry.benchmarks,
  ...registry.complexity,
)
/** Metrics of maps along perturbation paths. */
export const pathMetrics = tableOf(...registry.frozen)
/** Metrics of what the removal of regions does. */
export const effectMetrics = tableOf(...registry.effects)
/** Metrics of what the removal of things does. */
export const objectMetrics = tableOf(...registry.objects)
/** Metrics of what the removal of a map's own groups of pixels does. */
export const coherenceMetrics = tableOf(...registry.coherence)
/** Metrics of the maps of both classes of a two-object image. */
export const pairMetrics = tableOf(...registry.discrimination)
/** Metrics of what a map adds up to. */
export const completenessMetrics = tableOf(...registry.completeness)
/** Metrics of mosaics. */
export const mosaicMetrics = tableOf(...registry.mosaic)
/** Metrics of images close by. */
export const robustnessMetrics = tableOf(...registry.robustness)
/** Metrics of random parameters and classes. */
export const randomisationMetrics = tableOf(...registry.randomisation)
/** Metrics of Insertion and Deletion. */
export const insertionMetrics = tableOf(...registry.insertion)
/** Metrics of the image multiplied by the map. */
export const softMaskMetrics = tableOf(...registry['soft-mask'])

export type LocalizationMetricId = keyof typeof countMetrics
export type FaithfulnessMetricId = keyof typeof curveMetrics
export type MapMetricId = keyof typeof mapMetrics
export type PathMetricId = keyof typeof pathMetrics
export type PairMetricId = keyof typeof pairMetrics
export type RemovalMetricId =
  | keyof typeof effectMetrics
  | keyof typeof objectMetrics
  | keyof typeof coherenceMetrics
  | keyof typeof completenessMetrics
  | keyof typeof mosaicMetrics
export type InsertionMetricId = keyof typeof insertionMetrics
export type SoftMaskMetricId = keyof typeof softMaskMetrics
export type SanityMetricId = keyof typeof robustnessMetrics | keyof typeof randomisationMetrics
export type MetricId =
  | LocalizationMetricId
  | FaithfulnessMetricId
  | MapMetricId
  | PathMetricId
  | PairMetricId
  | RemovalMetricId
  | InsertionMetricId
  | SoftMaskMetricId
  | SanityMetricId

export type Metric = MetricRow<MetricId>

/** Every metric of an image, in the order of tables and columns. */
export const metrics: { readonly [Id in MetricId]: MetricRow<Id> } = {
  ...countMetrics,
  ...curveMetrics,
  ...mapMetrics,
  ...pathMetrics,
  ...pairMetrics,
  ...effectMetrics,
  ...objectMetrics,
  ...coherenceMetrics,
  ...completenessMetrics,
  ...mosaicMetrics,
  ...insertionMetrics,
  ...softMaskMetrics,
  ...robustnessMetrics,
  ...randomisationMetrics,
}

export const localizationMetrics = Object.keys(countMetrics) as LocalizationMetricId[]
export const faithfulnessMetrics = Object.keys(curveMetrics) as FaithfulnessMetricId[]

const lengths = (lists: readonly { readonly steps: readonly number[] }[]) =>
  lists.reduce((sum, { steps }) => sum + steps.length, 0)

/**
 * Per kind of cost how much an image needs: explanations of a method (`path-steps`, `two-classes`, `mosaic-classes`, `close-images`; `random-models`, for each part of the model that becomes
 * random and one more, of another class); at most how many forward passes of a method,
 * per target (`curve-steps`, `pixel-groups`); forward passes for all methods together (`shared-regions`, `shared-logits`; `shared-things`, for each thing).
 */
export function passesOf(protocol: Protocol): Record<Cost, number> {
  const rules = protocol.diagnostics
  return {
    none: 0,
    // Nothing is taken away at 0, and at 1 what all images share.
    'curve-steps': 2 * protocol.faithfulness.steps.filter(step => step > 0 && step < 1).length,
    'path-steps': rules ? lengths(rules.paths) : 0,
    'two-classes': rules ? 1 : 0,
    'shared-regions': protocol.effects ? regionCount(protocol.effects) : 0,
    'shared-things': rules ? 1 : 0,
    'mosaic-classes': protocol.mosaic ? mosaicSide ** 2 : 0,
    'shared-logits': protocol.completeness ? 1 : 0,
    'pixel-groups': protocol.coherence?.groups ?? 0,
    'insertion-steps': protocol.insertion ? 2 * (insertionShares(protocol.insertion.steps).length - 1) : 0,
    'one-pass': protocol.softMask ? 1 : 0,
    'close-images': protocol.robustness?.draws ?? 0,
    'random-models': protocol.randomisation ? 1 : 0,
  }
}
