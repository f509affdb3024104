import { columnName, targetsOfGroup } from '../columns.ts'
import { type MetricId, metrics } from '../metrics.ts'
import { nearestThreshold } from '../numbers.ts'
import type { Protocol } from '../protocol.ts'
import type { Asked } from './image-values.ts'

/** The metrics of how maps fail that records rank a group by. */
const diagnostic = (Object.keys(metrics) as MetricId[]).filter(id => metrics[id].headline)

/**
 * The questions by which a group of methods is ranked in its records, by name: where maps point (IoU, at the threshold nearest to 0.5 and at
 * the best one), how faithful they are (ABPC) and how they fail. Each about one class only: localization and how maps fail about the first
 * target of their group, faithfulness about the last, which is the labelled class.
 *
 * @example
 * Object.keys(headlines(protocols.paper, [0.1, 0.5])) // ['localization.predicted.iou@0.5', 'localization.predicted.iou@best', 'faithfulness.label.abpc']
 */
export function headlines(protocol: Protocol, thresholds: readonly number[]): Record<string, Asked> {
  const where = protocol.localization.targets[0]
  const how = protocol.faithfulness.targets.at(-1)
  const fixed = thresholds[nearestThreshold(thresholds)]
  const found: Record<string, Asked> = {}
  if (where) {
    const name = columnName('localization', where, 'iou')
    if (fixed !== undefined) found[`${name}@${fixed}`] = { metric: 'iou', target: where, at: fixed }
    found[`${name}@best`] = { metric: 'iou', target: where, at: 'best' }
  }
  if (how) found[columnName('faithfulness', how, 'abpc')] = { metric: 'abpc', target: how }
  for (const metric of diagnostic) {
    const { group } = metrics[metric]
    const [target] = targetsOfGroup(protocol, group)
    if (target) found[columnName(group, target, metric)] = { metric, target }
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
