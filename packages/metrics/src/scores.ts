import { area } from './faithfulness/area.ts'
import {
  type FaithfulnessMetricId,
  faithfulnessMetrics,
  type LocalizationMetricId,
  localizationMetrics,
} from './metrics.ts'
import type { Division, Protocol } from './protocol.ts'
import type { Counts, Curves } from './types.ts'

type Confusion = { [Count in keyof Counts]: number }

/** Every localization metric is a fraction of counts, so that a protocol need only say how to divide. */
const fractions: { [Id in LocalizationMetricId]: (c: Confusion) => readonly [numerator: number, denominator: number] } =
  {
    'pixel-accuracy': ({ tp, fp, fn, tn }) => [tp + tn, tp + fp + fn + tn],
    iou: ({ tp, fp, fn }) => [tp, tp + fp + fn],
    dice: ({ tp, fp, fn }) => [2 * tp, 2 * tp + fp + fn],
    precision: ({ tp, fp }) => [tp, tp + fp],
    recall: ({ tp, fn }) => [tp, tp + fn],
  }

const curveScores: { [Id in FaithfulnessMetricId]: (of: (curve: keyof Curves) => number) => number } = {
  abpc: areaOf => areaOf('lerf') - areaOf('morf'),
  'morf-area': areaOf => areaOf('morf'),
  'lerf-area': areaOf => areaOf('lerf'),
}

function divide(rule: Division, numerator: number, denominator: number): number {
  if (rule.kind === 'epsilon') return (numerator + rule.value) / (denominator + rule.value)
  return denominator === 0 ? rule.zeroOverZero : numerator / denominator
}

function table<Id extends string, Value>(ids: readonly Id[], value: (id: Id) => Value): Record<Id, Value> {
  return Object.fromEntries(ids.map(id => [id, value(id)])) as Record<Id, Value>
}

/** The localization metrics of one image, a value per threshold. */
export function localizationScores(protocol: Protocol, counts: Counts): Record<LocalizationMetricId, number[]> {
  const { division } = protocol.localization
  return table(localizationMetrics, id =>
    counts.tp.map((tp, i) => {
      const confusion = { tp, fp: counts.fp[i]!, fn: counts.fn[i]!, tn: counts.tn[i]! }
      return divide(division, ...fractions[id](confusion))
    }),
  )
}

/**
 * The faithfulness metrics of one image.
 *
 * @throws {MetricError} if a curve has not a value for every step of the protocol
 */
export function faithfulnessScores(protocol: Protocol, curves: Curves): Record<FaithfulnessMetricId, number> {
  const { area: rule, steps } = protocol.faithfulness
  return table(faithfulnessMetrics, id => curveScores[id](curve => area(rule, steps, curves[curve])))
}
