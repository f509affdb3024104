import { type ColumnGroup, isCustomGroup, type PlannedUnit, type Position, type Slice } from '@vitrine/measure'
import { metricGroups } from '@vitrine/metrics'
import type { Store } from '@vitrine/records'
import { methodRef } from '../open/methods.ts'
import type { Batch } from './measure-batch.ts'
import type { DatasetRef, TaskUnit } from './task.ts'

/** A planned record in the store. */
export interface OpenUnit {
  readonly planned: PlannedUnit
  readonly id: string
  /** By position in the slice, the groups of columns that an image lacks: all of them, or those whose version was raised. */
  readonly missing: ReadonlyMap<number, readonly string[] | 'all'>
  /** Whether nothing is left to do: measured and finished, or unsupported. */
  readonly settled: boolean
}

/** Opens every planned record in the store and says what each still needs; finished ones need nothing. */
export function openUnits(store: Store, planned: readonly PlannedUnit[], count: number): OpenUnit[] {
  // Shared by all records that have nothing yet: a large sweep has millions of images times records.
  const everything: OpenUnit['missing'] = new Map(Array.from({ length: count }, (_, i) => [i, 'all']))
  return planned.map((unit): OpenUnit => {
    const { id, status, done, lacking } = store.begin(unit.header)
    if (unit.unsupported !== undefined) {
      if (status !== 'unsupported') store.unsupported(id, unit.unsupported)
      return { planned: unit, id, missing: new Map(), settled: true }
    }
    if (status !== 'ok' && done.size === 0 && lacking.size === 0)
      return { planned: unit, id, missing: everything, settled: false }
    const positions = status === 'ok' ? [] : Array.from({ length: count }, (_, i) => i).filter(i => !done.has(i))
    return {
      planned: unit,
      id,
      missing: new Map(positions.map(i => [i, lacking.get(i) ?? 'all'])),
      settled: status === 'ok',
    }
  })
}

/** The images of the slice that some record lacks. */
export function missingOf(units: readonly OpenUnit[]): number {
  const found = new Set<number>()
  for (const missing of new Set(units.map(({ missing }) => missing)))
    for (const index of missing.keys()) found.add(index)
  return found.size
}

/** Every group of columns that the records may have. */
function groupsOf(units: readonly OpenUnit[]): readonly ColumnGroup[] {
  const named = units.flatMap(({ planned }) => Object.keys(planned.header.versions))
  return [...metricGroups, ...new Set(named.filter(isCustomGroup))]
}

/**
 * Cuts the slice into batches and says what records lack of each. An image is always at the same place of the same batch, whoever measures it and
 * whatever is stored already, so that its numbers do not depend on who shares the work or where it was interrupted. Images that lack only some
 * groups of columns are measured for these alone.
 */
export function batchesOf(units: readonly OpenUnit[], dataset: DatasetRef, { indices }: Slice, size: number): Batch[] {
  const all = groupsOf(units)
  const nameOf = (groups: readonly string[]) => [...groups].sort().join(' ')
  const nameOfAll = nameOf(all)
  const batches = new Map<string, { groups: readonly string[]; units: Set<TaskUnit>; missing: Set<number> }>()
  for (const { planned, id, missing } of units) {
    const unit: TaskUnit = {
      id,
      method: methodRef(planned.method),
      protocol: planned.protocol,
      versions: planned.header.versions,
    }
    for (const [index, lacking] of missing) {
      const groups: readonly string[] = lacking === 'all' ? all : lacking
      const key = `${Math.floor(index / size)} ${lacking === 'all' ? nameOfAll : nameOf(groups)}`
      const batch = batches.get(key) ?? { groups, units: new Set(), missing: new Set() }
      batches.set(key, batch)
      batch.units.add(unit)
      batch.missing.add(index)
    }
  }
  return [...batches.values()]
    .map(({ groups, units, missing }): Batch => {
      const wanted = [...missing].sort((a, b) => a - b)
      const first = wanted[0] ?? 0
      const start = first - (first % size)
      return {
        dataset,
        units: [...units],
        groups: all.filter(group => groups.includes(group)),
        positions: indices.slice(start, start + size).map((at, k): Position => ({ index: start + k, at })),
        missing: wanted,
      }
    })
    .sort((a, b) => (a.missing[0] ?? 0) - (b.missing[0] ?? 0))
}
