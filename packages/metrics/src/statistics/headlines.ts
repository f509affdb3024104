import { targetsOfGroup } from '../columns.ts'
import { type MetricId, metrics } from '../metrics.ts'
import type { Protocol } from '../protocol.ts'
import { fixedThreshold } from './aggregates.ts'
import type { Asked } from './image-values.ts'

/** Of each pattern of failure the metrics that say most of it: records carry how these rank a group. */
const failures: readonly MetricId[] = [
  'pointing-game',
  'fine-energy',
  'background-edges',
  'effective-area',
  'outside-mass',
  'coupling',
  'frozen-share',
  'mass-difference',
  'pointing-both',
]

/**
 * The questions by which a group of methods is ranked in its records, by name: where maps point (IoU, at the threshold nearest to 0.5 and at
 * the best one), how faithful they are (ABPC) and how they fail. Each about one class only: localization and failures about the first target
 * of their family, faithfulness about the last, which is the labelled class.
 *
 * @example
 * Object.keys(headlines(protocols.paper, [0.1, 0.5])) // ['localization.predicted.iou@0.5', 'localization.predicted.iou@best', 'faithfulness.label.abpc']
 */
export function headlines(protocol: Protocol, thresholds: readonly number[]): Record<string, Asked> {
  const where = protocol.localization.targets[0]
  const how = protocol.faithfulness.targets.at(-1)
  const fixed = thresholds[fixedThreshold(thresholds)]
  const found: Record<string, Asked> = {}
  if (where) {
    const name = `localization.${where}.iou`
    if (fixed !== undefined) found[`${name}@${fixed}`] = { metric: 'iou', target: where, at: fixed }
    found[`${name}@best`] = { metric: 'iou', target: where, at: 'best' }
  }
  if (how) found[`faithfulness.${how}.abpc`] = { metric: 'abpc', target: how }
  for (const metric of failures) {
    const { family } = metrics[metric]
    const [target] = targetsOfGroup(protocol, family)
    if (target) found[`${family}.${target}.${metric}`] = { metric, target }
  }
  return found
}

/** The name of a headline in words; an unknown one as it is. */
export function headlineTitle(headline: string): string {
  const [name = '', at] = headline.split('@')
  const id = name.split('.').at(-1) as MetricId
  const title = metrics[id]?.name ?? headline
  if (at === undefined) return title
  return `${title}, ${at === 'best' ? 'best threshold' : `threshold ${at}`}`
}
