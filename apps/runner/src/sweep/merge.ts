import { wholeOf } from '@vitrine/measure'
import {
  type BenchRecord,
  groupKey,
  methodLabel,
  positionOf,
  type RecordHeader,
  recordId,
  sliceLabel,
} from '@vitrine/records/record'
import type { ImageRow, Store, Unit } from '@vitrine/records/store'

/** A record of one shard, and the store that has it. */
interface Part {
  readonly store: Store
  readonly unit: Unit
}

/** Shards of one record that do not make a whole, and what is wrong with them. */
export interface Unmerged {
  readonly record: string
  readonly problem: string
}

export interface Merged {
  /** The whole records that were made. */
  readonly ids: readonly string[]
  readonly unmerged: readonly Unmerged[]
  /** Comparisons whose timings are of several machines, and that have none for that. */
  readonly untimed: readonly string[]
}

/** Names of the maps that a store keeps. */
const MAPS = ['predicted', 'label', 'other']

/**
 * Joins the records of shards into those that one run would have made. Timings of a comparison are those of one shard, the first that timed all of its
 * methods.
 *
 * @param defaultImages how many images a record has whose name does not say it
 */
export function merge(stores: readonly Store[], target: Store, defaultImages: number): Merged {
  const parts = stores.flatMap(store =>
    store.units().flatMap((unit): Part[] => (unit.header.dataset.slice ? [{ store, unit }] : [])),
  )
  const wholes = Map.groupBy(parts, ({ unit }) => recordId(wholeOf(unit.header, defaultImages)))
  const [unmerged, whole]: [Unmerged[], Part[][]] = [[], []]
  for (const own of wholes.values()) {
    const problem = problemOf(own)
    const [first] = own
    if (problem === undefined) whole.push(inOrder(own))
    else if (first) unmerged.push({ record: titleOf(first.unit.header), problem })
  }
  const ids: string[] = []
  const untimed: string[] = []
  for (const [, group] of Map.groupBy(whole, ([first]) => comparisonOf(first, defaultImages))) {
    const timer = timerOf(group)
    const [[first] = []] = group
    if (timer === undefined && first) untimed.push(titleOf(first.unit.header, false))
    for (const own of group) ids.push(join(own, target, timer ?? 0, defaultImages))
  }
  return { ids, unmerged, untimed }
}

const titleOf = ({ model, dataset, protocol, backend, ...header }: RecordHeader, withMethod = true): string =>
  [
    ...(withMethod ? [methodLabel(header as Pick<BenchRecord, 'variant' | 'method'>)] : []),
    ...[model.id, dataset.id, protocol.id, `${backend.id}:${backend.engine}`],
  ].join(' · ')

const comparisonOf = (part: Part | undefined, defaultImages: number): string =>
  part ? groupKey(wholeOf(part.unit.header, defaultImages)) : ''

const shardOf = ({ unit }: Part): number => unit.header.dataset.slice?.shard ?? 0

/** One part of each shard, by its number: the same shard may be in several stores. */
const inOrder = (parts: readonly Part[]): Part[] => {
  const finished = parts.filter(({ unit }) => unit.status !== 'running')
  return [...new Map(finished.map(part => [shardOf(part), part])).values()].sort((a, b) => shardOf(a) - shardOf(b))
}

/** Why parts make no whole. */
function problemOf(parts: readonly Part[]): string | undefined {
  const labels = new Set(
    parts.map(({ unit: { header } }) => {
      const { slice } = header.dataset
      return sliceLabel({ ...(slice && { slice: { ...slice, shard: 1 } }) })
    }),
  )
  if (labels.size > 1) return `expected shards of one kind, found ${[...labels].join(' and ')}`
  const of = parts[0]?.unit.header.dataset.slice?.of ?? 0
  const found = new Set(inOrder(parts).map(shardOf))
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter(shard => !found.has(shard))
  if (missing.length === 0) return undefined
  return `expected ${of} finished shards, found none of ${missing.map(shard => `${shard}/${of}`).join(', ')}`
}

/** The place of the first shard that timed every method of a comparison that could be measured. */
function timerOf(group: readonly (readonly Part[])[]): number | undefined {
  const measured = group.filter(own => own.every(({ unit }) => unit.status === 'ok'))
  const shards = group[0]?.length ?? 0
  return Array.from({ length: shards }, (_, i) => i).find(i => measured.every(own => own[i]?.unit.timed))
}

/** Writes one whole record. @returns its id */
function join(parts: readonly Part[], target: Store, timer: number, defaultImages: number): string {
  const timed = parts[timer] ?? parts[0]
  if (!timed) throw new Error('[vitrine] [merge] expected the parts of a record, got none')
  const { id } = target.begin(wholeOf(timed.unit.header, defaultImages))
  for (const { store, unit } of parts) copyImages(store, unit, target, id)
  const failed = parts.find(({ unit }) => unit.status === 'failed')
  const unsupported = parts.find(({ unit }) => unit.status === 'unsupported')
  if (failed) target.fail(id, failed.unit.reason ?? '')
  else if (unsupported) target.unsupported(id, unsupported.unit.reason ?? '')
  else target.finish(id)
  const timing = timed.store.record(timed.unit.id)?.timing
  if (timing) target.saveTiming(id, timing)
  return id
}

/** Rows that are written at once. */
const PAGE = 500

function copyImages(store: Store, { id, header }: Unit, target: Store, whole: string): void {
  const { images, columns } = store.images(id)
  const maps = MAPS.map(name => [name, store.maps(id, name)] as const)
  const rows = images.index.map((index, k): ImageRow => {
    const own = maps.flatMap(([name, all]) => {
      const map = all.get(index)
      return map ? [[name, map] as const] : []
    })
    return {
      ...{
        unit: whole,
        index: positionOf(header.dataset, index),
        id: images.id[k] ?? '',
        label: images.label[k] ?? -1,
      },
      ...{ predicted: images.predicted[k] ?? -1, probability: images.probability[k] ?? 0 },
      values: Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[k] ?? null])),
      ...(own.length > 0 && { maps: Object.fromEntries(own) }),
    }
  })
  for (let start = 0; start < rows.length; start += PAGE) target.saveImages(rows.slice(start, start + PAGE))
}
