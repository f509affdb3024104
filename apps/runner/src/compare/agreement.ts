import { median, relativeTime } from '@vitrine/measure'
import { mapAgreement, metricDifferences } from '@vitrine/metrics'
import { type Agreement, type BenchRecord, hashJson, recordKey, type Store } from '@vitrine/records'
import { engineOf, methodLabel, textTable } from '../cli/text-table.ts'

/** The classes whose maps are stored. */
const MAPS = ['predicted', 'label'] as const
const MAP_COLUMNS = ['absolute', 'relative', 'spearman'] as const

/** Compares the records that different engines made of the same question; each carries how far it is from those named before it. */
export function compareEngines(store: Store, ids: readonly string[]): void {
  const records = ids.flatMap(id => store.record(id) ?? []).filter(r => r.status === 'ok')
  for (const group of Map.groupBy(records, r => hashJson({ ...recordKey(r), backend: null })).values())
    group.forEach((record, i) => {
      const before = group.slice(0, i)
      if (before.length > 0)
        store.saveAgreement(
          record.id,
          before.map(reference => compare(store, reference, record)),
        )
    })
}

function compare(store: Store, reference: BenchRecord, record: BenchRecord): Agreement {
  const columns: Agreement['columns'] = {
    'prediction.changed': record.images.predicted.map((p, i) => Number(p !== reference.images.predicted[i])),
    ...metricDifferences(reference, record),
  }
  for (const name of MAPS) {
    const [a, b] = [store.maps(reference.id, name), store.maps(record.id, name)]
    const found = record.images.index.map((position, i) => {
      const [x, y] = [a.get(position), b.get(position)]
      const sameClass = name === 'label' || columns['prediction.changed']?.[i] === 0
      const finite = [x, y].every(map => map?.every(Number.isFinite))
      return x && y && sameClass && finite ? mapAgreement(x, y) : undefined
    })
    for (const column of MAP_COLUMNS)
      columns[`map.${name}.${column}`] = found.map(agreement => agreement?.[column] ?? null)
  }
  const summary: Agreement['summary'] = {}
  for (const [name, values] of Object.entries(columns)) {
    const known = values.filter(value => value !== null)
    const worst = name.endsWith('.spearman') ? Math.min(...known) : Math.max(...known)
    if (known.length > 0) summary[name] = { median: median(known), worst }
  }
  return { engine: engineOf(reference), record: reference.id, columns, summary }
}

/** What two engines should agree to: on the ranks of every map, and on the metrics of where it points and how faithful it is. */
const GOAL = { spearman: 0.999, difference: 0.001, families: ['localization', 'faithfulness'] }

/** How far each method's maps and metrics are apart on every two engines, over all datasets and protocols; empty for one engine. */
export function agreementTables(records: readonly BenchRecord[]): string {
  const pairs = records.flatMap(record => record.agreement.map(agreement => ({ record, agreement })))
  const groups = Map.groupBy(pairs, ({ record, agreement }) =>
    [record.model.id, `${engineOf(record)} against ${agreement.engine}`].join(' · '),
  )
  return [...groups].map(([title, group]) => [title, ...describePair(group, records)].join('\n')).join('\n\n')
}

interface Compared {
  readonly record: BenchRecord
  readonly agreement: Agreement
}

function describePair(group: readonly Compared[], records: readonly BenchRecord[]): string[] {
  const rows = [...Map.groupBy(group, ({ record }) => methodLabel(record))].map(([method, own]) => {
    const values = (wanted: (name: string) => boolean) =>
      own.flatMap(({ agreement }) =>
        Object.entries(agreement.columns).flatMap(([name, column]) =>
          wanted(name) ? column.filter(value => value !== null) : [],
        ),
      )
    const ofMaps = (column: string) => values(name => name.startsWith('map.') && name.endsWith(`.${column}`))
    const worst = (list: readonly number[]) => list.reduce((most, value) => Math.max(most, value), 0)
    const ranks = ofMaps('spearman')
    const differences = ofMaps('relative')
    const metrics = [...new Set(own.flatMap(({ agreement }) => Object.keys(agreement.columns)).filter(isMetric))]
    const byMetric = metrics
      .map(name => ({ name, values: values(other => other === name) }))
      .filter(m => m.values.length > 0)
    const farthest = byMetric.toSorted((x, y) => worst(y.values) - worst(x.values))[0]
    const least = ranks.length > 0 ? Math.min(...ranks) : undefined
    const ofGoal = byMetric.filter(m => inGoal(m.name))
    const typical = Math.max(0, ...ofGoal.map(m => median(m.values)))
    return {
      method,
      agreeing: shareInGoal(own.map(({ agreement }) => agreement)),
      medianImage: (least === undefined || median(ranks) >= GOAL.spearman) && typical <= GOAL.difference,
      cells: [
        own[0]?.record.method.control ? `(${method})` : method,
        String(differences.length),
        least === undefined ? '-' : median(ranks).toFixed(6),
        least === undefined ? '-' : least.toFixed(6),
        ...(differences.length === 0 ? ['-', '-'] : [median(differences), worst(differences)].map(scientific)),
        scientific(worst(values(name => name.endsWith('.iou')))),
        scientific(worst(values(name => name.endsWith('.abpc')))),
        farthest ? `${scientific(worst(farthest.values))} ${farthest.name}` : '-',
        slowdown(own, records),
      ],
    }
  })
  const head = ['method', 'maps', 'Spearman', 'least', 'difference', 'largest', 'IoU', 'ABPC', 'any metric', 'x time']
  const changed = group.reduce(
    (most, { agreement: { summary } }) => Math.max(most, summary['prediction.changed']?.worst ?? 0),
    0,
  )
  const everywhere = rows.filter(r => r.agreeing === 1).map(r => r.method)
  const [typically, hardly] = [true, false].map(atMedian =>
    rows
      .filter(r => r.agreeing < 1 && r.medianImage === atMedian)
      .map(r => `${r.method} (${Math.floor(100 * r.agreeing)} % of the images)`),
  )
  const told = (what: string, methods: readonly string[] = []) =>
    methods.length > 0 ? ` ${what}: ${methods.join(', ')}.` : ''
  return [
    'maps: median and least Spearman, median and largest difference relative to the maximum; metrics: largest difference of an image',
    textTable(
      [head, ...rows.map(r => r.cells)],
      head.map((_, c) => (c === 0 || c === 8 ? 'left' : 'right')),
    ),
    `Spearman at least ${GOAL.spearman}, ${GOAL.families.join(' and ')} within ${GOAL.difference}.${told('On every image', everywhere)}${told('On the median image', typically)}${told('Not even there', hardly)}`,
    ...(changed > 0 ? ['The engines predict different classes for some images, whose maps are not compared.'] : []),
  ]
}

const inGoal = (name: string): boolean => GOAL.families.some(family => name.startsWith(`${family}.`))

/** The share of images, over all records, on which the goal is met. */
function shareInGoal(agreements: readonly Agreement[]): number {
  const images = agreements.flatMap(({ columns }) => {
    const entries = Object.entries(columns)
    const misses = (name: string, value: number | null | undefined) =>
      typeof value === 'number' &&
      (name.endsWith('.spearman') ? value < GOAL.spearman : inGoal(name) && value > GOAL.difference)
    const count = columns['prediction.changed']?.length ?? 0
    return Array.from({ length: count }, (_, i) => !entries.some(([name, column]) => misses(name, column[i])))
  })
  return images.filter(Boolean).length / Math.max(images.length, 1)
}

const isMetric = (name: string): boolean => !name.startsWith('map.') && !name.startsWith('prediction.')

const scientific = (value: number): string => (value === 0 ? '0' : value.toExponential(1))

/** How many times as long the method takes, from rounds that both engines were timed in. */
function slowdown(group: readonly Compared[], records: readonly BenchRecord[]): string {
  for (const { record, agreement } of group) {
    const other = records.find(r => r.id === agreement.record)
    if (record.timing?.alongside.includes(agreement.engine) && other?.timing)
      return relativeTime(other.timing.method, record.timing.method).toFixed(2)
  }
  return '-'
}
