import { type ImageValues, type RecordReader, readerOf } from '@vitrine/metrics'
import type { BoardColumns, BoardFacts, PageMeasure } from '../data/boards/board-json.ts'

export async function fetchJson<T>(file: string): Promise<T> {
  const response = await fetch(file)
  if (!response.ok) throw new Error(`${file}: expected a file of the site, got HTTP ${response.status}`)
  return response.json()
}

/** What a board holds, without its values. */
export const fetchFacts = (root: string, path: string): Promise<BoardFacts> =>
  fetchJson(`${root}boards/${path}.facts.json`)

/** Values per image of a row, and the columns that they are read from. */
interface RowValues {
  readonly values: ImageValues
  readonly columns: Readonly<Record<string, readonly unknown[]>>
}

/** The columns of a board, fetched when they are first needed; what several thresholds are read from is computed once. */
export function boardColumns(root: string, path: string) {
  const fetched = new Map<string, Promise<ReadonlyMap<string, RecordReader>>>()
  const readersOf = (name: string): Promise<ReadonlyMap<string, RecordReader>> => {
    const known = fetched.get(name)
    if (known) return known
    const found = fetchJson<BoardColumns>(`${root}boards/${path}.${name}.json`).then(
      ({ rows, ...shared }) =>
        new Map(Object.entries(rows).map(([row, columns]) => [row, readerOf({ columns, ...shared })])),
    )
    fetched.set(name, found)
    return found
  }
  return {
    /** Of every row that has the measure, by slug. */
    async values(
      { family, target, metric, perThreshold, best }: PageMeasure,
      at: number,
    ): Promise<Map<string, RowValues>> {
      const asked = { metric, target, ...(best ? { at: 'best' as const } : perThreshold && { at }) }
      return new Map(
        [...(await readersOf(`${family}.${target}`))].flatMap(([row, { record, values }]) => {
          const found = values(asked)
          return found ? [[row, { values: found, columns: record.columns }] as const] : []
        }),
      )
    },
  }
}
