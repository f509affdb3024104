import { decodeMap } from '@vitrine/records'
import type { Board } from './boards.ts'
import { mapAt } from './maps.ts'
import { type Method, methodOf } from './methods.ts'
import { type Entry, engineOf } from './records.ts'

/** How two engines' published maps of a method differ. */
export interface MapDifference {
  /** Maps of the same image and class. */
  readonly maps: number
  /** Patches whose bytes differ. */
  readonly share: number
  /** The greatest difference, in the 255 steps of a published map. */
  readonly most: number
}

/** A method on every engine, under one protocol. */
export interface EngineRow {
  readonly row: string
  readonly method: Method
  /** By engine. */
  readonly entries: ReadonlyMap<string, Entry>
}

/** One model on one dataset, engine beside engine. */
export interface EngineTable {
  readonly model: string
  readonly dataset: string
  readonly protocol: string
  readonly engines: readonly string[]
  readonly rows: readonly EngineRow[]
}

/** The tables of a model, one per dataset; of its protocols, the one with the most rows, since neither maps nor times depend on it. */
export function engineTables(boards: readonly Board[], model: string): EngineTable[] {
  const datasets = Map.groupBy(
    boards.filter(b => b.setting.model === model),
    b => b.setting.dataset,
  )
  return [...datasets].map(([dataset, ofDataset]) => {
    const protocols = [...Map.groupBy(ofDataset, b => b.setting.protocol)]
    const size = (list: readonly Board[]) => list.reduce((sum, b) => sum + b.done.length, 0)
    const [protocol = '', chosen = []] =
      protocols.toSorted(([a, x], [b, y]) => size(y) - size(x) || (a < b ? 1 : -1))[0] ?? []
    const entries = chosen.flatMap(b => b.entries)
    return {
      model,
      dataset,
      protocol,
      engines: [...new Set(entries.map(engineOf))].sort(),
      rows: [...Map.groupBy(entries, e => e.row)].flatMap(([row, of]) =>
        of[0] ? [{ row, method: methodOf(of[0]), entries: new Map(of.map(e => [engineOf(e), e])) }] : [],
      ),
    }
  })
}

/** What can be told of two engines from maps of 256 levels; `null` without maps in common. */
export function mapDifference(a: Entry, b: Entry): MapDifference | null {
  let maps = 0
  let different = 0
  let patches = 0
  let most = 0
  for (const target of a.maps.keys()) {
    for (const [i, id] of a.images.id.entries()) {
      const j = b.images.id.indexOf(id)
      const [x, y] = [mapAt(a, i, target), j < 0 ? null : mapAt(b, j, target)]
      if (!x || !y || x.rows * x.columns !== y.rows * y.columns) continue
      const [p, q] = [decodeMap(x).values, decodeMap(y).values]
      const step = Math.max(x.max - x.min, y.max - y.min) / 255 || 1
      maps++
      patches += p.length
      p.forEach((value, k) => {
        const levels = Math.round(Math.abs(value - (q[k] ?? value)) / step)
        most = Math.max(most, levels)
        if (levels > 0) different++
      })
    }
  }
  return maps === 0 ? null : { maps, share: different / patches, most }
}
