import { decodeMap, readAgreement } from '@vitrine/records'
import type { Entry } from '../load/records.ts'
import type { Method } from '../words/methods.ts'
import { type EngineTable, pairsOf } from './engines.ts'

/** Published maps have 256 levels: what differs by less than this share of a map's range, they cannot show. */
export const FINEST = 1 / 255

export interface Grid {
  readonly rows: number
  readonly columns: number
  readonly values: ArrayLike<number>
}

/** A method's maps of the image on which two engines are farthest apart. */
export interface Difference {
  readonly method: Method
  readonly dataset: string
  readonly engine: string
  readonly reference: string
  readonly image: string
  /** Greatest difference of the maps as they left the engines, as a share of the reference's greatest value. */
  readonly relative: number
  readonly map: Grid
  readonly other: Grid
  /** `map` less `other` in shares of the reference's greatest value, 0 where the levels cannot tell. */
  readonly difference: Grid
}

/** The differences that published maps can show, and how many they cannot. */
export function differencesOf(tables: readonly EngineTable[]): {
  readonly shown: readonly Difference[]
  readonly below: number
} {
  const all = tables.flatMap(table =>
    pairsOf(table).flatMap(({ engine, reference, rows }) =>
      rows.flatMap(({ row, method, summary }) => {
        const worst = summary['map.predicted.relative']?.worst
        const entries = table.rows.find(r => r.row === row)?.entries
        const [entry, other] = [entries?.get(engine), entries?.get(reference)]
        if (worst === undefined || !entry || !other) return []
        const found = worst < FINEST ? null : mapsOf(entry, other, worst)
        return [found && { method, dataset: table.dataset, engine, reference, relative: worst, ...found }]
      }),
    ),
  )
  const shown = all.filter(one => one !== null).sort((a, b) => b.relative - a.relative)
  return { shown, below: all.length - shown.length }
}

function mapsOf(entry: Entry, other: Entry, worst: number) {
  const stored = [
    [entry, other],
    [other, entry],
  ] as const
  const values = stored.flatMap(([own, theirs]) =>
    readAgreement(own.file, own.id).flatMap(({ record, columns }) =>
      record === theirs.id ? [columns['map.predicted.relative'] ?? []] : [],
    ),
  )[0]
  const at = values?.indexOf(worst) ?? -1
  const [first, second] = [entry, other].map(one => one.maps.get('predicted')?.[at])
  if (!first || !second) return null
  const [map, theirs] = [decodeMap(first), decodeMap(second)]
  const greatest = Math.max(Math.abs(second.min), Math.abs(second.max)) || 1
  const least = FINEST * Math.max(first.max - first.min, second.max - second.min)
  const difference = Array.from(map.values, (value, p) => {
    const apart = value - (theirs.values[p] ?? 0)
    return Math.abs(apart) < least ? 0 : apart / greatest
  })
  return {
    image: entry.images.id[at] ?? '',
    map,
    other: theirs,
    difference: { rows: map.rows, columns: map.columns, values: difference },
  }
}
