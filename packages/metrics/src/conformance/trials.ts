import assert from 'node:assert/strict'
import { area } from '../faithfulness/area.ts'
import { measureMap } from '../map/measure-map.ts'
import type { FaithfulnessMetric, MapMetric, MetricOf } from '../metric.ts'
import { protocols } from '../protocols.ts'
import type { Curves, MetricGroup } from '../types.ts'
import {
  claims,
  close,
  confidences,
  confusions,
  curves,
  type Examples,
  games,
  mosaics,
  partExamples,
  paths,
  regionExamples,
  thingExamples,
} from './examples.ts'
import { type MapQuestion, mapExamples, pairs, randomised, truthOf } from './map-examples.ts'

export const rules = protocols.standard.diagnostics ?? assert.fail()

/** A question, and what the metric answers. */
export interface Trial {
  readonly question: unknown
  value(): number | null
}

function trialsOf<Question>(
  { good, bad, others }: Examples<Question>,
  value: (question: Question) => number | null,
): Examples<Trial> {
  const trial = (question: Question): Trial => ({ question, value: () => value(question) })
  return { good: trial(good), bad: trial(bad), others: others.map(trial) }
}

function scoreOf({ score }: FaithfulnessMetric, question: Curves): number {
  const steps = [0, 0.25, 0.75, 1]
  return score({
    steps,
    values: curve => question[curve],
    area: (curve, rule = 'trapezoid') => area(rule, steps, question[curve]),
  })
}

function mapValue(metric: MapMetric, { heatmap, object }: MapQuestion): number | null {
  const { custom } = measureMap(rules, heatmap, truthOf(object), [metric])
  return custom?.state === 'ok' ? (custom.values[metric.id] ?? null) : null
}

const mapTrials = (metric: MapMetric) => trialsOf(mapExamples(metric.group), question => mapValue(metric, question))

/** How a metric of each group is tried. */
export const trials: { readonly [G in MetricGroup]: (metric: MetricOf[G]) => Examples<Trial> } = {
  localization: ({ fraction }) =>
    trialsOf(confusions, pixels => {
      const [numerator, denominator] = fraction(pixels)
      return denominator === 0 ? null : numerator / denominator
    }),
  faithfulness: metric => trialsOf(curves, question => scoreOf(metric, question)),
  pointing: mapTrials,
  texture: mapTrials,
  diffusion: mapTrials,
  frozen: metric => trialsOf(paths, path => metric.measure(path, rules)),
  discrimination: metric => trialsOf(pairs, questions => metric.measure(questions)),
  effects: metric => trialsOf(regionExamples, question => metric.measure(question)),
  objects: metric => trialsOf(thingExamples, question => metric.measure(question)),
  coherence: metric => trialsOf(partExamples, question => metric.measure(question)),
  benchmarks: mapTrials,
  complexity: mapTrials,
  completeness: metric => trialsOf(claims, question => metric.measure(question)),
  mosaic: metric => trialsOf(mosaics, question => metric.measure(question)),
  robustness: metric => trialsOf(close, question => metric.measure(question)),
  randomisation: metric => trialsOf(randomised, question => metric.measure(question)),
  insertion: metric => trialsOf(games, question => metric.measure(question)),
  'soft-mask': metric => trialsOf(confidences, question => metric.measure(question)),
}

/** Values of metrics of p at the ends of what a difference of probabilities may be; of other groups nothing changes. */
export const differences: { readonly [G in MetricGroup]?: (metric: MetricOf[G]) => readonly (number | null)[] } = {
  faithfulness: metric => twoCurves.map(([morf, lerf]) => scoreOf(metric, { morf, lerf })),
  insertion: metric =>
    twoCurves.map(([insertion, deletion]) => metric.measure({ shares: [0, 0.25, 0.75, 1], insertion, deletion })),
  'soft-mask': metric => ends.flatMap(before => ends.map(after => metric.measure({ before, after }))),
}

const ends = [-1, -0.5, 0, 0.25, 1]
const falls: readonly number[][] = [-1, 0, 1].flatMap(first => [-1, 1].map(rest => [first, rest, rest, rest]))
const twoCurves = falls.flatMap(one => falls.map(other => [one, other] as const))
