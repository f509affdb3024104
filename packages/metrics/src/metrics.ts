import type { Counts, Curve } from './types.ts'

export type LocalizationMetricId = 'pixel-accuracy' | 'iou' | 'dice' | 'precision' | 'recall'
export type FaithfulnessMetricId = 'abpc' | 'morf-area' | 'lerf-area'
export type MetricId = LocalizationMetricId | FaithfulnessMetricId

/** What a metric is; sorting, axes and colours are driven by this row. */
export interface Metric<Id extends MetricId = MetricId> {
  id: Id
  name: string
  family: Id extends LocalizationMetricId ? 'localization' : 'faithfulness'
  direction: 'higher' | 'lower'
  range: readonly [least: number, greatest: number]
  worst: number
  formula: string
  source: string
  needs: Id extends LocalizationMetricId ? readonly (keyof Counts)[] : readonly Curve[]
}

const agcam = 'Leem & Seo, Attention Guided CAM, AAAI 2024'
const samek = 'Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, TNNLS 2017'

export const metrics: { readonly [Id in MetricId]: Metric<Id> } = {
  'pixel-accuracy': {
    id: 'pixel-accuracy',
    name: 'Pixel accuracy',
    family: 'localization',
    direction: 'higher',
    range: [0, 1],
    worst: 0,
    formula: '(tp + tn) / (tp + fp + fn + tn)',
    source: agcam,
    needs: ['tp', 'fp', 'fn', 'tn'],
  },
  iou: {
    id: 'iou',
    name: 'IoU',
    family: 'localization',
    direction: 'higher',
    range: [0, 1],
    worst: 0,
    formula: 'tp / (tp + fp + fn)',
    source: agcam,
    needs: ['tp', 'fp', 'fn'],
  },
  dice: {
    id: 'dice',
    name: 'Dice (F1)',
    family: 'localization',
    direction: 'higher',
    range: [0, 1],
    worst: 0,
    formula: '2 tp / (2 tp + fp + fn)',
    source: agcam,
    needs: ['tp', 'fp', 'fn'],
  },
  precision: {
    id: 'precision',
    name: 'Precision',
    family: 'localization',
    direction: 'higher',
    range: [0, 1],
    worst: 0,
    formula: 'tp / (tp + fp)',
    source: agcam,
    needs: ['tp', 'fp'],
  },
  recall: {
    id: 'recall',
    name: 'Recall',
    family: 'localization',
    direction: 'higher',
    range: [0, 1],
    worst: 0,
    formula: 'tp / (tp + fn)',
    source: agcam,
    needs: ['tp', 'fn'],
  },
  abpc: {
    id: 'abpc',
    name: 'ABPC',
    family: 'faithfulness',
    direction: 'higher',
    range: [-1, 1],
    worst: -1,
    formula: 'area(LeRF) - area(MoRF)',
    source: `${samek}; ${agcam}`,
    needs: ['morf', 'lerf'],
  },
  'morf-area': {
    id: 'morf-area',
    name: 'Area under MoRF',
    family: 'faithfulness',
    direction: 'lower',
    range: [0, 1],
    worst: 1,
    formula: 'area(MoRF)',
    source: samek,
    needs: ['morf'],
  },
  'lerf-area': {
    id: 'lerf-area',
    name: 'Area under LeRF',
    family: 'faithfulness',
    direction: 'higher',
    range: [0, 1],
    worst: 0,
    formula: 'area(LeRF)',
    source: samek,
    needs: ['lerf'],
  },
}

const ids = Object.keys(metrics) as MetricId[]
const ofFamily = (family: Metric['family']) => ids.filter(id => metrics[id].family === family)

export const localizationMetrics = ofFamily('localization') as LocalizationMetricId[]
export const faithfulnessMetrics = ofFamily('faithfulness') as FaithfulnessMetricId[]
