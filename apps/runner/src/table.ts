import { protocols, type Target } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { unreadableIn } from './columns.ts'
import { median, relativeTime } from './timing.ts'

type Align = 'left' | 'right'

/** Columns padded to their widest cell; the first row is the head. */
export function textTable(rows: readonly (readonly string[])[], align: readonly Align[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map(row => row[c]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (align[c] === 'left' ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = rows
  return [line(head), widths.map(w => '-'.repeat(w)).join('  '), ...body.map(line)].join('\n')
}

/** All tables of a run: one per model, dataset, backend and protocol, each with what its controls say about its methods. */
export function resultTables(records: readonly BenchRecord[]): string {
  const groups = Map.groupBy(records, r => [r.model.id, r.dataset.id, engineOf(r), r.protocol.id].join(' · '))
  return [...groups].map(([title, group]) => [title, ...describeGroup(group)].join('\n')).join('\n\n')
}

/** The engine as it is asked for: `onnx:cpu`. */
export const engineOf = (r: BenchRecord): string => `${r.backend.id}:${r.backend.engine}`

/** The method with the options that differ from the defaults. */
export const methodLabel = (r: BenchRecord): string => {
  const options = r.variant?.split(' ').filter(part => (part.split('=')[0] ?? '') in r.method.options) ?? []
  return options.length === 0 ? r.method.id : `${r.method.id}[${options.join(',')}]`
}

function describeGroup(group: readonly BenchRecord[]): string[] {
  const [first] = group
  if (!first) return []
  const { localization, faithfulness } = protocols[first.protocol.id as keyof typeof protocols]
  const [where, how] = [localization.targets[0] ?? 'predicted', faithfulness.targets.at(-1) ?? 'label']
  const at = Math.max(0, nearest(first.thresholds, 0.5))
  const labelToo = localization.targets.includes('label')
  const number = (value: unknown, digits = 3) => (typeof value === 'number' ? value.toFixed(digits) : '-')
  const perThreshold = (r: BenchRecord, id: string, target: Target = where): unknown => {
    const values = r.summary[`localization.${target}.${id}`]
    return Array.isArray(values) ? values[at] : undefined
  }
  const head = [
    'method',
    ...['pixel acc', 'IoU', 'Dice', 'precision', 'recall', 'best IoU'],
    ...(labelToo ? ['IoU label'] : []),
    ...['ABPC', 'passes', 'ms', 'x forward', 'images'],
  ]
  const ordered = group.toSorted((a, b) => Number(perThreshold(b, 'iou') ?? -1) - Number(perThreshold(a, 'iou') ?? -1))
  const rows = ordered.map(r => {
    const name = r.method.control ? `(${methodLabel(r)})` : methodLabel(r)
    if (r.status !== 'ok') return [name, r.status, ...head.slice(2).map(() => '')]
    const best = bestThreshold(r, where)
    return [
      name,
      ...['pixel-accuracy', 'iou', 'dice', 'precision', 'recall'].map(id => number(perThreshold(r, id))),
      best ? `${number(best.value)} @${best.threshold}` : '-',
      ...(labelToo ? [number(perThreshold(r, 'iou', 'label'))] : []),
      number(r.summary[`faithfulness.${how}.abpc`]),
      number(r.cost.perturbationPassesPerImage, 1),
      r.timing ? number(median(r.timing.method) / r.timing.batch, 1) : '-',
      r.timing ? number(relativeTime(r.timing.forward, r.timing.method), 2) : '-',
      String(r.counts[`localization.${where}.included`] ?? '-'),
    ]
  })
  const align = head.map((_, c): Align => (c === 0 ? 'left' : 'right'))
  const { predicted, label } = first.images
  const right = predicted.filter((p, i) => p === label[i]).length
  return [
    `${first.images.id.length} images, ${right} predicted right; scores at threshold ${first.thresholds[at]}; controls in brackets; ms per image, ${first.backend.threads} threads, batch ${first.backend.batch}`,
    textTable([head, ...rows], align),
    ...againstControls(group, where, how),
    ...exceptions(group),
  ]
}

function bestThreshold(r: BenchRecord, target: Target): { value: number; threshold: number } | undefined {
  const values = r.summary[`localization.${target}.iou`]
  if (!Array.isArray(values)) return undefined
  const numbers = values.map(Number)
  const value = Math.max(...numbers)
  const threshold = r.thresholds[numbers.indexOf(value)]
  return threshold === undefined ? undefined : { value, threshold }
}

const nearest = (list: readonly number[], value: number): number =>
  list.reduce(
    (best, x, i) => (Math.abs(x - value) < Math.abs((list[best] ?? Number.POSITIVE_INFINITY) - value) ? i : best),
    0,
  )

/** Which methods do not beat the best control, in words. */
function againstControls(group: readonly BenchRecord[], where: Target, how: Target): string[] {
  const measures: readonly (readonly [string, (r: BenchRecord) => number | undefined])[] = [
    ['best IoU', r => bestThreshold(r, where)?.value],
    [
      'ABPC',
      r =>
        typeof r.summary[`faithfulness.${how}.abpc`] === 'number'
          ? Number(r.summary[`faithfulness.${how}.abpc`])
          : undefined,
    ],
  ]
  const done = group.filter(r => r.status === 'ok')
  return measures.flatMap(([name, measure]) => {
    const score = (r: BenchRecord) => measure(r) ?? Number.NEGATIVE_INFINITY
    const best = done
      .filter(r => r.method.control && r.method.details?.readsTruth !== true && measure(r) !== undefined)
      .toSorted((a, b) => score(b) - score(a))[0]
    const methods = done.filter(r => !r.method.control)
    if (!best || methods.length === 0) return []
    const beaten = methods.filter(r => score(r) <= score(best)).map(methodLabel)
    const against = `${methodLabel(best)} (${score(best).toFixed(3)})`
    return beaten.length === 0
      ? [`${name}: every method beats the best control, ${against}.`]
      : [`${name}: ${beaten.join(', ')} ${beaten.length === 1 ? 'does' : 'do'} not beat the best control, ${against}.`]
  })
}

/** Images without numbers, and rows without results. */
function exceptions(group: readonly BenchRecord[]): string[] {
  const failed = group.filter(r => r.status !== 'ok').map(r => `${methodLabel(r)}: ${r.status}: ${r.reason}`)
  const without = group.flatMap(r => {
    const states = ['flat', 'nan', 'emptyTruth'].flatMap(state =>
      ['localization', 'faithfulness'].flatMap(family => {
        const count = Math.max(
          0,
          ...['predicted', 'label'].map(target => r.counts[`${family}.${target}.${state}`] ?? 0),
        )
        return count > 0 ? [`${count} ${state} in ${family}`] : []
      }),
    )
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
