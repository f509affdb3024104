import { area } from './faithfulness/area.ts'
import {
  countMetrics,
  curveMetrics,
  type FaithfulnessMetricId,
  faithfulnessMetrics,
  type LocalizationMetricId,
  localizationMetrics,
} from './metrics.ts'
import type { AreaRule, Division, Protocol } from './protocol.ts'
import type { Counts, Curve, Curves } from './types.ts'

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
      return divide(division, ...countMetrics[id].fraction(confusion))
    }),
  )
}

/**
 * The faithfulness metrics of one image, or of mean curves; `NaN` where the protocol does not have the steps that a metric is about.
 *
 * @throws {MetricError} if a curve has not a value for every step of the protocol
 */
export function faithfulnessScores(protocol: Protocol, curves: Curves): Record<FaithfulnessMetricId, number> {
  const { area: rule, steps } = protocol.faithfulness
  const scored = {
    steps,
    values: (curve: Curve) => curves[curve],
    area: (curve: Curve, by: AreaRule = rule) => area(by, steps, curves[curve]),
  }
  return table(faithfulnessMetrics, id => curveMetrics[id].score(scored))
}
