import { againstLabel } from '@vitrine/explainers'
import { costOf, protocolOf, relativeTime, resultsOf, unreadableIn } from '@vitrine/measure'
import { median, metrics, nearestThreshold, type Target } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { engineOf, methodLabel } from '@vitrine/records/record'
import { type Column, shownName, shownNumber, textTable } from '../cli/text-table.ts'
import { againstControls, type Ranking, rank, toldApart } from '../compare/ranking.ts'
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

/** Columns that stand beside each other, and what they say of a record. */
interface Columns {
  readonly heads: readonly Column[]
  cells(r: BenchRecord): readonly string[]
}

/** What a table says of one kind of score. */
interface Scores {
  readonly columns: readonly Columns[]
  readonly rankings: readonly Ranking[]
  /** By which records are in order where these scores come first. */
  lead(r: BenchRecord): unknown
}

const column = (head: Column, cell: (r: BenchRecord) => string): Columns => ({ heads: [head], cells: r => [cell(r)] })

/** A mean with its interval and its rank. */
const rankedColumns = (head: string, { standings }: Ranking): Columns => ({
  heads: [
    { head },
    { head: '95 %', drop: 4, name: `95 % of ${head}` },
    { head: 'rank', drop: 1, name: `rank by ${head}` },
  ],
  cells: r => standingCells(standings.get(r.id)),
})

/** @param fixed the threshold of all scores but the best IoU */
function localizationScores(group: readonly BenchRecord[], targets: readonly Target[], fixed: number): Scores[] {
  const [where] = targets
  if (!where) return []
  const scoreOf = (r: BenchRecord, id: string, target = where): unknown => {
    const values = resultsOf(r).summary[`localization.${target}.${id}`]
    return Array.isArray(values) ? values[r.thresholds.indexOf(fixed)] : undefined
  }
  const score = (head: Column, id: string, target = where): Columns =>
    column(head, r => shownNumber(scoreOf(r, id, target)))
  const iou = rank(group, { name: `IoU at ${fixed}`, metric: 'iou', target: where, at: fixed })
  const best = rank(group, { name: 'best IoU', metric: 'iou', target: where, at: 'best' })
  const columns = [
    rankedColumns('IoU', iou),
    score({ head: 'pixel acc', drop: 10 }, 'pixel-accuracy'),
    score({ head: 'Dice', drop: 9 }, 'dice'),
    score({ head: 'precision', drop: 8 }, 'precision'),
    score({ head: 'recall', drop: 7 }, 'recall'),
    column({ head: 'best IoU', drop: 5 }, r => bestIou(r, where)),
    ...(targets.includes('label') ? [score({ head: 'IoU label', drop: 6 }, 'iou', 'label')] : []),
  ]
  return [{ columns, rankings: [iou, best], lead: r => scoreOf(r, 'iou') }]
}

function removalScores(group: readonly BenchRecord[], targets: readonly Target[]): Scores[] {
  const how = targets.at(-1)
  if (!how) return []
  const abpc = rank(group, { name: 'ABPC', metric: 'abpc', target: how })
  return [
    {
      columns: [rankedColumns('ABPC', abpc)],
      rankings: [abpc],
      lead: r => resultsOf(r).summary[`faithfulness.${how}.abpc`],
    },
  ]
}

const costColumns: readonly Columns[] = [
  column({ head: 'passes', drop: 11 }, r => shownNumber(costOf(r).perturbationPassesPerImage, 1)),
  column({ head: 'ms', drop: 3 }, ({ timing }) => shownNumber(timing && median(timing.method) / timing.batch, 1)),
  column({ head: 'x forward', drop: 2 }, ({ timing }) =>
    shownNumber(timing && relativeTime(timing.forward, timing.method), 2),
  ),
]

function describeGroup(group: readonly BenchRecord[], room: number | undefined): string[] {
  const [first] = group
  if (!first) return []
  const { localization, faithfulness, diagnostics } = protocolOf(first)
  const fixed = first.thresholds[Math.max(0, nearestThreshold(first.thresholds))] ?? 0.5
  const [where] = localization.targets
  const scores = [
    ...localizationScores(group, localization.targets, fixed),
    ...removalScores(group, faithfulness.targets),
  ]
  const columns = [
    ...scores.flatMap(one => one.columns),
    ...costColumns,
    ...(where
      ? [column({ head: 'images', drop: 6 }, r => `${resultsOf(r).counts[`localization.${where}.included`] ?? '-'}`)]
      : []),
  ]
  const lead = (r: BenchRecord) => Number(scores[0]?.lead(r) ?? -1)
  const ordered = group.toSorted((a, b) => lead(b) - lead(a))
  const heads: Column[] = [{ head: 'method', align: 'left' }, ...columns.flatMap(one => one.heads)]
  const rows = ordered.map(r => [
    shownName(r),
    ...(r.status === 'ok' ? columns.flatMap(one => one.cells(r)) : [r.status]),
  ])
  const rankings = scores.flatMap(one => one.rankings)
  const { predicted, label } = first.images
  const right = predicted.filter((p, i) => p === label[i]).length
  return [
    `${first.images.id.length} images, ${right} predicted right; ${where ? `scores at threshold ${fixed}; ` : ''}controls in brackets; ms per image, ${first.backend.threads} threads, batch ${first.backend.batch}; rank: held in 95 % of the resamples of the images, = tied with the best`,
    ...toldApart(
      group,
      rankings.map(({ measure }) => measure),
    ),
    textTable(heads, rows, room),
    ...rankings.flatMap(againstControls),
    ...(diagnostics ? spaced(failureTable(ordered, diagnostics, room)) : []),
    ...spaced(furtherTable(ordered, room)),
    ...spaced(customTable(ordered, room)),
    ...exceptions(group),
  ]
}

const spaced = (lines: readonly string[]): readonly string[] => (lines.length > 0 ? ['', ...lines] : [])

/** The greatest IoU of all thresholds, and at which. */
function bestIou(r: BenchRecord, target: Target): string {
  const values = resultsOf(r).summary[`localization.${target}.iou`]
  if (!Array.isArray(values)) return '-'
  const numbers = values.map(Number)
  const value = Math.max(...numbers)
  const threshold = r.thresholds[numbers.indexOf(value)]
  return threshold === undefined ? '-' : `${shownNumber(value)} @${threshold}`
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
