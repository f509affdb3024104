import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { protocolOf } from '@vitrine/measure'
import {
  type AggregateId,
  aggregate,
  bootstrapIntervals,
  headlines,
  headlineTitle,
  type Interval,
  imageValues,
  type MetricId,
  metrics,
  type Target,
  thresholdSweep,
} from '@vitrine/metrics'
import { type BenchRecord, groupKey, methodLabel, readRecords, readsTruth } from '@vitrine/records'
import sharp from 'sharp'
import { fromHere } from '../src/cli/arguments.ts'
import { shownNumber } from '../src/cli/text-table.ts'
import { type Ranking, rank } from '../src/compare/ranking.ts'

// Writes every figure and picture of docs/failure-patterns.md from the records and sheets that `bench --failures` left in a folder, `out` by
// default.

const PICTURES = ['texture', 'diffusion', 'frozen'] as const

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** A number and its interval, where that has a width. */
function withInterval(value: number | null | undefined, interval: Interval | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  const ends = interval?.map(end => shownNumber(end, 2))
  const shown = shownNumber(value, 2)
  return ends && ends[0] !== ends[1] ? `${shown} [${ends.join(', ')}]` : shown
}

/** Columns padded, as the formatter leaves them. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const widths = head.map((_, c) => Math.max(3, ...rows.map(row => row[c]?.length ?? 0)))
  const lines = [head, widths.map(width => '-'.repeat(width)), ...body]
  return lines.map(row => `| ${row.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join(' | ')} |`).join('\n')
}

const columnName = (r: BenchRecord): string => `${r.method.name}${r.method.control ? ' (control)' : ''}`

/** Mean and interval of each metric over the images of all the records of a method, by method. */
function metricTable(records: readonly BenchRecord[], ids: readonly MetricId[], target: Target): string {
  const methods = [...Map.groupBy(records, methodLabel).values()]
  const cell = (own: readonly BenchRecord[], metric: MetricId): string => {
    const values = own.flatMap(r => imageValues(r, { metric, target }) ?? [])
    const known = values.filter(value => value !== null)
    return withInterval(mean(known), bootstrapIntervals([values])[0])
  }
  const sign = (id: MetricId) => (metrics[id].direction === 'higher' ? '+' : '−')
  return tableOf([
    ['', ...methods.map(([first]) => (first ? columnName(first) : ''))],
    ...ids.map(id => [`${metrics[id].name} (${sign(id)})`, ...methods.map(own => cell(own, id))]),
  ])
}

/** One row per dataset, one column per method that is no control. */
function byDataset(records: readonly BenchRecord[], cell: (r: BenchRecord, group: readonly BenchRecord[]) => string) {
  const groups = [...Map.groupBy(records, r => r.dataset.name)]
  const [, first = []] = groups[0] ?? []
  const judged = (group: readonly BenchRecord[]) => group.filter(r => !r.method.control)
  return tableOf([
    ['', ...judged(first).map(r => r.method.name)],
    ...groups.map(([name, group]) => [name, ...judged(group).map(r => cell(r, group))]),
  ])
}

function growthOf(id: AggregateId, r: BenchRecord): string {
  const found = aggregate(id, r, 'predicted')
  return withInterval(found?.value, found?.interval)
}

function thresholdOf(r: BenchRecord): string {
  const [swept] = thresholdSweep([{ id: r.id, record: r }], 'predicted')
  const gap = aggregate('threshold-gap', r, 'predicted')
  if (!swept) return '–'
  return `${shownNumber(swept.best.value, 2)} at ${swept.best.threshold}, loses ${withInterval(gap?.value, gap?.interval)}`
}

/** The rank at every threshold, among all that were measured in the group. */
function ranksOf(r: BenchRecord, group: readonly BenchRecord[]): string {
  const swept = thresholdSweep(
    group.map(record => ({ id: record.id, record })),
    'predicted',
  )
  return swept.find(({ id }) => id === r.id)?.ranks.join(' ') ?? '–'
}

/** The metrics for which it is shown which controls are not beaten. */
const QUESTIONS: readonly MetricId[] = ['iou', 'abpc', 'outside-mass']

/** Controls that a method does not beat by more than chance, from the records of each group. */
function unbeaten(records: readonly BenchRecord[]): string {
  const judged = records.filter(r => !r.method.control)
  const methods = [...Map.groupBy(judged, methodLabel).values()]
  const rankings = new Map<string, Ranking[]>()
  for (const group of Map.groupBy(records, groupKey).values()) {
    const [first] = group
    if (!first) continue
    for (const [name, asked] of Object.entries(headlines(protocolOf(first), first.thresholds)))
      if (QUESTIONS.includes(asked.metric))
        rankings.set(name, [...(rankings.get(name) ?? []), rank(group, { name, ...asked })])
  }
  const names = [...rankings.keys()]
  const cell = (own: readonly BenchRecord[], name: string): string => {
    const found = own.flatMap(r => {
      const ranking = rankings.get(name)?.find(({ standings }) => standings.has(r.id))
      const short = ranking?.standings.get(r.id)?.notBeaten ?? []
      return short.length > 0 ? [`${r.dataset.id}: ${short.map(id => ranking?.names.get(id) ?? id).join(', ')}`] : []
    })
    return found.join('; ') || 'all beaten'
  }
  return tableOf([
    ['', ...methods.map(([first]) => first?.method.name ?? '')],
    ...names.map(name => [headlineTitle(name), ...methods.map(own => cell(own, name))]),
  ])
}

function facts(records: readonly BenchRecord[]): string {
  const sets = [...Map.groupBy(records, r => r.dataset.name)].flatMap(([name, [r]]) => {
    if (!r) return []
    const right = r.images.predicted.filter((p, i) => p === r.images.label[i]).length
    return [`${name}: ${right} of ${r.images.id.length} images predicted right`]
  })
  return `${sets.join('; ')}.`
}

/** The blocks of the document by name. */
export function figures(all: readonly BenchRecord[]): Record<string, string> {
  const records = all
    .filter(r => r.status === 'ok' && r.protocol.id === 'standard' && !readsTruth(r))
    .toSorted((a, b) => Number(a.method.control) - Number(b.method.control))
  const pairs = records.filter(r => r.columns['discrimination.label.state'] !== undefined)
  return {
    facts: facts(records),
    maps: metricTable(
      records,
      [
        'fine-energy',
        'total-variation',
        'background-edges',
        'outside-mass',
        'effective-area',
        'coupling',
        'frozen-share',
      ],
      'predicted',
    ),
    growth: byDataset(records, r => growthOf('outside-mass-growth', r)),
    classes: metricTable(pairs, ['mass-difference', 'pointing-both', 'class-change'], 'label'),
    thresholds: byDataset(records, thresholdOf),
    ranks: byDataset(records, ranksOf),
    unbeaten: unbeaten(records),
  }
}

/**
 * A document with what stands between `<!-- NAME -->` and `<!-- /NAME -->` replaced by the block of that name.
 *
 * @throws {Error} if a block has no place in the document
 */
export function filled(document: string, blocks: Readonly<Record<string, string>>): string {
  return Object.entries(blocks).reduce((text, [name, block]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [from, to] = [text.indexOf(open), text.indexOf(close)]
    if (from < 0 || to < from)
      throw new Error(`[vitrine] [runner] failure-figures: expected ${open} and ${close}, found none`)
    return `${text.slice(0, from + open.length)}\n\n${block}\n\n${text.slice(to)}`
  }, document)
}

if (import.meta.main) {
  const out = fromHere(process.argv[2] ?? 'out')
  const docs = new URL('../../../docs/', import.meta.url)
  const file = new URL('failure-patterns.md', docs)
  writeFileSync(file, filled(readFileSync(file, 'utf8'), figures([...readRecords(join(out, 'results'))])))
  for (const name of PICTURES) {
    const picture = await sharp(join(out, 'failures', `${name}.png`))
      .webp({ quality: 70 })
      .toBuffer()
    writeFileSync(new URL(`failures-${name}.webp`, docs), picture)
  }
}
