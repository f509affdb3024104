import { effectiveArea } from './diffusion/effective-area.ts'
import { entropy } from './diffusion/entropy.ts'
import { outsideMass } from './diffusion/outside-mass.ts'
import { classChange } from './discrimination/class-change.ts'
import { massDifference } from './discrimination/mass-difference.ts'
import { pointingBoth } from './discrimination/pointing-both.ts'
import { coupling } from './frozen/coupling.ts'
import { frozenShare } from './frozen/frozen-share.ts'
import { averagePrecision } from './pointing/average-precision.ts'
import { massAccuracy } from './pointing/mass-accuracy.ts'
import { pointingGame } from './pointing/pointing-game.ts'
import { rankAccuracy } from './pointing/rank-accuracy.ts'
import { rocAuc } from './pointing/roc-auc.ts'
import type { Protocol } from './protocol.ts'
import { backgroundEdges } from './texture/background-edges.ts'
import { edgeCorrelation } from './texture/edge-correlation.ts'
import { fineEnergy } from './texture/fine-energy.ts'
import { totalVariation } from './texture/total-variation.ts'
import type { Counts, Curve, MetricGroup } from './types.ts'

/** What a metric is about. */
export type Family = MetricGroup

/** What has to be run beyond the explanation itself, per image and method; `passesOf` says how much that is. */
export type Cost = 'none' | 'curve-steps' | 'path-steps' | 'two-classes'

/** What a metric is; sorting, axes and colours are driven by this row. */
export interface Row<Id extends string = string, F extends Family = Family> {
  readonly id: Id
  readonly name: string
  readonly family: F
  readonly direction: 'higher' | 'lower'
  readonly range: readonly [least: number, greatest: number]
  readonly worst: number
  readonly formula: string
  readonly source: string
  /** What becomes of negative values of a map. */
  readonly negatives: string
  readonly needs: readonly string[]
  readonly cost: Cost
}

interface CountMetric<Id extends string> extends Row<Id, 'localization'> {
  readonly needs: readonly (keyof Counts)[]
}

interface CurveMetric<Id extends string> extends Row<Id, 'faithfulness'> {
  readonly needs: readonly Curve[]
}

export type LocalizationMetricId = 'pixel-accuracy' | 'iou' | 'dice' | 'precision' | 'recall'
export type FaithfulnessMetricId = 'abpc' | 'morf-area' | 'lerf-area'

const agcam = 'Leem & Seo, Attention Guided CAM, AAAI 2024'
const samek = 'Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, TNNLS 2017'

const overlap = {
  family: 'localization',
  direction: 'higher',
  range: [0, 1],
  worst: 0,
  source: agcam,
  negatives: 'are min-max normalised with the others',
  cost: 'none',
} as const

const countMetrics: { readonly [Id in LocalizationMetricId]: CountMetric<Id> } = {
  'pixel-accuracy': {
    ...overlap,
    id: 'pixel-accuracy',
    name: 'Pixel accuracy',
    formula: '(tp + tn) / (tp + fp + fn + tn)',
    needs: ['tp', 'fp', 'fn', 'tn'],
  },
  iou: { ...overlap, id: 'iou', name: 'IoU', formula: 'tp / (tp + fp + fn)', needs: ['tp', 'fp', 'fn'] },
  dice: { ...overlap, id: 'dice', name: 'Dice (F1)', formula: '2 tp / (2 tp + fp + fn)', needs: ['tp', 'fp', 'fn'] },
  precision: { ...overlap, id: 'precision', name: 'Precision', formula: 'tp / (tp + fp)', needs: ['tp', 'fp'] },
  recall: { ...overlap, id: 'recall', name: 'Recall', formula: 'tp / (tp + fn)', needs: ['tp', 'fn'] },
}

const ofCurves = { family: 'faithfulness', negatives: 'rank below the others', cost: 'curve-steps' } as const

const curveMetrics: { readonly [Id in FaithfulnessMetricId]: CurveMetric<Id> } = {
  abpc: {
    ...ofCurves,
    id: 'abpc',
    name: 'ABPC',
    direction: 'higher',
    range: [-1, 1],
    worst: -1,
    formula: 'area(LeRF) - area(MoRF)',
    source: `${samek}; ${agcam}`,
    needs: ['morf', 'lerf'],
  },
  'morf-area': {
    ...ofCurves,
    id: 'morf-area',
    name: 'Area under MoRF',
    direction: 'lower',
    range: [0, 1],
    worst: 1,
    formula: 'area(MoRF)',
    source: samek,
    needs: ['morf'],
  },
  'lerf-area': {
    ...ofCurves,
    id: 'lerf-area',
    name: 'Area under LeRF',
    direction: 'higher',
    range: [0, 1],
    worst: 0,
    formula: 'area(LeRF)',
    source: samek,
    needs: ['lerf'],
  },
}

function tableOf<const Rows extends readonly Row[]>(...rows: Rows): { readonly [R in Rows[number] as R['id']]: R } {
  return Object.fromEntries(rows.map(row => [row.id, row])) as { readonly [R in Rows[number] as R['id']]: R }
}

/** Metrics of one map. */
export const mapMetrics = tableOf(
  pointingGame,
  massAccuracy,
  rankAccuracy,
  rocAuc,
  averagePrecision,
  fineEnergy,
  totalVariation,
  edgeCorrelation,
  backgroundEdges,
  effectiveArea,
  entropy,
  outsideMass,
)
/** Metrics of maps along perturbation paths. */
export const pathMetrics = tableOf(coupling, frozenShare)
/** Metrics of the maps of both classes of a two-object image. */
export const pairMetrics = tableOf(massDifference, pointingBoth, classChange)

export type MapMetricId = keyof typeof mapMetrics
export type PathMetricId = keyof typeof pathMetrics
export type PairMetricId = keyof typeof pairMetrics
export type MetricId = LocalizationMetricId | FaithfulnessMetricId | MapMetricId | PathMetricId | PairMetricId

export type Metric = Row<MetricId>

/** Every metric of an image. */
export const metrics: { readonly [Id in MetricId]: Row<Id> } = {
  ...countMetrics,
  ...curveMetrics,
  ...mapMetrics,
  ...pathMetrics,
  ...pairMetrics,
}

export const localizationMetrics = Object.keys(countMetrics) as LocalizationMetricId[]
export const faithfulnessMetrics = Object.keys(curveMetrics) as FaithfulnessMetricId[]

const lengths = (lists: readonly { readonly steps: readonly number[] }[]) =>
  lists.reduce((sum, { steps }) => sum + steps.length, 0)

/** Per kind of cost, at most how many forward passes (`curve-steps`) or explanations (the others) an image and method need, per target. */
export function passesOf({ faithfulness, failures }: Protocol): Record<Cost, number> {
  return {
    none: 0,
    'curve-steps': 2 * (faithfulness.steps.length - 2),
    'path-steps': failures ? lengths(failures.paths) : 0,
    'two-classes': failures ? 1 : 0,
  }
}
