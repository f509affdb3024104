import { againstLabel } from '@vitrine/explainers'
import { costOf, protocolOf, relativeTime, resultsOf, unreadableIn } from '@vitrine/measure'
import { median, metrics, nearestThreshold, type Target } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { engineOf, methodLabel } from '@vitrine/records/record'
import { type Column, shownName, shownNumber, textTable } from '../cli/text-table.ts'
import { againstControls, rank, toldApart } from '../compare/ranking.ts'
import { customTable, standingCells } from './custom-table.ts'
import { failureTable } from './failure-table.ts'
import { furtherTable } from './further-table.ts'

/**
 * All tables of a run: one per model, dataset, backend and protocol, each with what its controls say about its methods.
 *
 * @param room columns of the terminal; `undefined` for any width
 */
export function resultTables(records: readonly BenchRecord[], room?: number): string {
  const groups = Map.groupBy(records, r => {
    const against = r.target ? [`against ${againstLabel(r.target.against)}`] : []
    return [r.model.id, r.dataset.id, engineOf(r), r.protocol.id, ...against].join(' · ')
  })
  return [...groups].map(([title, group]) => [title, ...describeGroup(group, room)].join('\n')).join('\n\n')
}

function describeGroup(group: readonly BenchRecord[], room: number | undefined): string[] {
  const [first] = group
  if (!first) return []
  const protocol = protocolOf(first)
  const { localization, faithfulness } = protocol
  const [where, how] = [localization.targets[0] ?? 'predicted', faithfulness.targets.at(-1) ?? 'label']
  const at = Math.max(0, nearestThreshold(first.thresholds))
  const fixed = first.thresholds[at] ?? 0.5
  const [points, removes] = [localization.targets.length > 0, faithfulness.targets.length > 0]
  const labelToo = localization.targets.includes('label')
  const perThreshold = (r: BenchRecord, id: string, target: Target = where): unknown => {
    const values = resultsOf(r).summary[`localization.${target}.${id}`]
    return Array.isArray(values) ? values[at] : undefined
  }
  const iou = rank(group, { name: `IoU at ${fixed}`, metric: 'iou', target: where, at: fixed })
  const abpc = rank(group, { name: 'ABPC', metric: 'abpc', target: how })
  const best = rank(group, { name: 'best IoU', metric: 'iou', target: where, at: 'best' })
  const columns: Column[] = [
    { head: 'method', align: 'left' },
    ...(points
      ? [
          { head: 'IoU' },
          { head: '95 %', drop: 4, name: '95 % of IoU' },
          { head: 'rank', drop: 1, name: 'rank by IoU' },
          { head: 'pixel acc', drop: 10 },
          { head: 'Dice', drop: 9 },
          { head: 'precision', drop: 8 },
          { head: 'recall', drop: 7 },
          { head: 'best IoU', drop: 5 },
        ]
      : []),
    ...(labelToo ? [{ head: 'IoU label', drop: 6 }] : []),
    ...(removes
      ? [
          { head: 'ABPC' },
          { head: '95 %', drop: 4, name: '95 % of ABPC' },
          { head: 'rank', drop: 1, name: 'rank by ABPC' },
        ]
      : []),
    { head: 'passes', drop: 11 },
    { head: 'ms', drop: 3 },
    { head: 'x forward', drop: 2 },
    ...(points ? [{ head: 'images', drop: 6 }] : []),
  ]
  const lead = (r: BenchRecord) =>
    Number(points ? (perThreshold(r, 'iou') ?? -1) : (resultsOf(r).summary[`faithfulness.${how}.abpc`] ?? -1))
  const ordered = group.toSorted((a, b) => lead(b) - lead(a))
  const standings = [...(points ? [iou, best] : []), ...(removes ? [abpc] : [])]
  const rows = ordered.map(r => {
    const name = shownName(r)
    if (r.status !== 'ok') return [name, r.status]
    const greatest = bestThreshold(r, where)
    return [
      name,
      ...(points
        ? [
            ...standingCells(iou.standings.get(r.id)),
            ...['pixel-accuracy', 'dice', 'precision', 'recall'].map(id => shownNumber(perThreshold(r, id))),
            greatest ? `${shownNumber(greatest.value)} @${greatest.threshold}` : '-',
          ]
        : []),
      ...(labelToo ? [shownNumber(perThreshold(r, 'iou', 'label'))] : []),
      ...(removes ? standingCells(abpc.standings.get(r.id)) : []),
      shownNumber(costOf(r).perturbationPassesPerImage, 1),
      r.timing ? shownNumber(median(r.timing.method) / r.timing.batch, 1) : '-',
      r.timing ? shownNumber(relativeTime(r.timing.forward, r.timing.method), 2) : '-',
      ...(points ? [String(resultsOf(r).counts[`localization.${where}.included`] ?? '-')] : []),
    ]
  })
  const { predicted, label } = first.images
  const right = predicted.filter((p, i) => p === label[i]).length
  return [
    `${first.images.id.length} images, ${right} predicted right; ${points ? `scores at threshold ${fixed}; ` : ''}controls in brackets; ms per image, ${first.backend.threads} threads, batch ${first.backend.batch}; rank: held in 95 % of the resamples of the images, = tied with the best`,
    ...toldApart(
      group,
      standings.map(({ measure }) => measure),
    ),
    textTable(columns, rows, room),
    ...standings.flatMap(againstControls),
    ...(protocol.diagnostics ? spaced(failureTable(ordered, protocol.diagnostics, room)) : []),
    ...spaced(furtherTable(ordered, room)),
    ...spaced(customTable(ordered, room)),
    ...exceptions(group),
  ]
}

const spaced = (lines: readonly string[]): readonly string[] => (lines.length > 0 ? ['', ...lines] : [])

function bestThreshold(r: BenchRecord, target: Target): { value: number; threshold: number } | undefined {
  const values = resultsOf(r).summary[`localization.${target}.iou`]
  if (!Array.isArray(values)) return undefined
  const numbers = values.map(Number)
  const value = Math.max(...numbers)
  const threshold = r.thresholds[numbers.indexOf(value)]
  return threshold === undefined ? undefined : { value, threshold }
}

const FAMILIES = [...new Set(Object.values(metrics).map(metric => metric.group))]

/** Images without numbers, and rows without results. */
function exceptions(group: readonly BenchRecord[]): string[] {
  const failed = group.filter(r => r.status !== 'ok').map(r => `${methodLabel(r)}: ${r.status}: ${r.reason}`)
  const without = group.flatMap(r => {
    const states = ['flat', 'nan', 'emptyTruth', 'tooDear'].flatMap(state => {
      const counted = FAMILIES.map(family => ({
        family,
        count: Math.max(
          0,
          ...['predicted', 'label'].map(target => resultsOf(r).counts[`${family}.${target}.${state}`] ?? 0),
        ),
      }))
      const byCount = Map.groupBy(
        counted.filter(({ count }) => count > 0),
        ({ count }) => count,
      )
      return [...byCount].map(([count, of]) => `${count} ${state} in ${of.map(({ family }) => family).join(', ')}`)
    })
    return states.length > 0 ? [`${methodLabel(r)}: ${states.join(', ')}`] : []
  })
  return [...failed, ...unreadable(group[0]), ...(without.length > 0 ? [`Left out: ${without.join('; ')}.`] : [])]
}

/** Images that cannot be read, by name, the first few of many: the same for every record of a group. */
function unreadable(record: BenchRecord | undefined): string[] {
  const found = record ? unreadableIn(record.columns) : []
  if (!record || found.length === 0) return []
  const shown = found.slice(0, 10).map(({ at, problem }) => `${record.images.id[at]} (${problem})`)
  const more = found.length > shown.length ? `; and ${found.length - shown.length} more` : ''
  return [`${found.length} of ${record.images.id.length} images cannot be read: ${shown.join('; ')}${more}.`]
}
