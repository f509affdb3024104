import { type EngineAgreement, engineAgreement, mapsAgreement, type RawMaps, relativeTime } from '@vitrine/measure'
import { median } from '@vitrine/metrics'
import { type BenchRecord, engineOf, hashJson, methodLabel, recordKey, type Store, type Unit } from '@vitrine/records'
import { type Column, textTable } from '../cli/text-table.ts'

/**
 * Compares the maps of records that different engines made of the same question; the store keeps how far each is from those named before it. A record
 * whose maps the store does not have (it was rebuilt from files) keeps what is known.
 */
export function compareEngines(store: Store, ids: readonly string[]): void {
  const units = ids.flatMap(id => store.units({ id, status: 'ok' }))
  for (const group of sameQuestion(units).values()) {
    // A record is large: only those are read that have another to be compared with.
    const records = group.length > 1 ? group.flatMap(({ id }) => store.record(id) ?? []) : []
    records.forEach((record, i) => {
      const before = records.slice(0, i).filter(reference => hasMaps(store, reference))
      if (before.length === 0 || !hasMaps(store, record)) return
      store.saveAgreement(
        record.id,
        before.map(reference => mapsAgreement(reference, rawMaps(store, reference), record, rawMaps(store, record))),
      )
    })
  }
}

/** Finished records by their question, whatever the engine. */
const sameQuestion = (units: readonly Unit[]) =>
  Map.groupBy(units, ({ header }) => hashJson({ ...recordKey(header), backend: null }))

const hasMaps = (store: Store, { id }: BenchRecord): boolean => store.maps(id, 'predicted').size > 0

/** The maps as they left the engine; the label's is the predicted class's where the store has no other. */
function rawMaps(store: Store, { id }: BenchRecord): RawMaps {
  const predicted = store.maps(id, 'predicted')
  return { predicted, label: store.maps(id, 'label') }
}

/** A record with all that it differs in from those of other engines. */
export interface Compared {
  readonly record: BenchRecord
  readonly agreement: EngineAgreement
}

/** Every comparison that the store knows between records of a run. */
export function agreementsOf(store: Store, records: readonly BenchRecord[]): Compared[] {
  const byId = new Map(records.map(record => [record.id, record]))
  return records.flatMap(record =>
    store.agreement(record.id).flatMap(stored => {
      const reference = byId.get(stored.record)
      return reference ? [{ record, agreement: engineAgreement(stored, reference, record) }] : []
    }),
  )
}

/** What two engines should agree to: on the ranks of every map, and on the metrics of where it points and how faithful it is. */
const GOAL = { spearman: 0.999, difference: 0.001, families: ['localization', 'faithfulness'] }

/** How far each method's maps and metrics are apart on every two engines, over all datasets and protocols; empty for one engine. */
export function agreementTables(pairs: readonly Compared[], records: readonly BenchRecord[], room?: number): string {
  const groups = Map.groupBy(pairs, ({ record, agreement }) =>
    [record.model.id, `${engineOf(record)} against ${agreement.engine}`].join(' · '),
  )
  return [...groups].map(([title, group]) => [title, ...describePair(group, records, room)].join('\n')).join('\n\n')
}

function describePair(group: readonly Compared[], records: readonly BenchRecord[], room: number | undefined): string[] {
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
  const columns: Column[] = [
    { head: 'method', align: 'left' },
    { head: 'maps', drop: 7 },
    { head: 'Spearman' },
    { head: 'least', drop: 1 },
    { head: 'difference', drop: 3 },
    { head: 'largest', drop: 2 },
    { head: 'IoU', drop: 5 },
    { head: 'ABPC', drop: 4 },
    { head: 'any metric', align: 'left', drop: 8 },
    { head: 'x time', drop: 6 },
  ]
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
      columns,
      rows.map(r => r.cells),
      room,
    ),
    `Spearman at least ${GOAL.spearman}, ${GOAL.families.join(' and ')} within ${GOAL.difference}.${told('On every image', everywhere)}${told('On the median image', typically)}${told('Not even there', hardly)}`,
    ...(changed > 0 ? ['The engines predict different classes for some images, whose maps are not compared.'] : []),
  ]
}

const inGoal = (name: string): boolean => GOAL.families.some(family => name.startsWith(`${family}.`))

/** The share of images, over all records, on which the goal is met. */
function shareInGoal(agreements: readonly EngineAgreement[]): number {
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
