import { engineOf } from '@vitrine/records'
import type { AgreementSummary, Entry } from '../load/records.ts'
import { type Method, methodOf } from '../words/methods.ts'
import type { Board } from './boards.ts'

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

/** The rows that were timed on several engines, or all where there is one engine. */
export const sharedRows = ({ engines, rows }: EngineTable): readonly EngineRow[] =>
  engines.length < 2 ? rows : rows.filter(({ entries }) => [...entries.values()].filter(e => e.timing).length > 1)

/** Two engines with numbers on how far they are apart. */
export interface EnginePair {
  readonly engine: string
  readonly reference: string
  readonly rows: readonly {
    readonly row: string
    readonly method: Method
    readonly slug: string
    readonly summary: AgreementSummary['summary']
  }[]
}

/** Every two engines of a table whose records say how far they are apart, each pair once. */
export function pairsOf({ engines, rows }: EngineTable): EnginePair[] {
  return engines.flatMap((engine, i) =>
    engines.slice(0, i).flatMap(reference => {
      const found = rows.flatMap(({ row, method, entries }) => {
        const entry = entries.get(engine)
        const agreement = entry?.agreement.find(a => a.engine === reference)
        return entry && agreement ? [{ row, method, slug: entry.slug, summary: agreement.summary }] : []
      })
      return found.length === 0 ? [] : [{ engine, reference, rows: found }]
    }),
  )
}
