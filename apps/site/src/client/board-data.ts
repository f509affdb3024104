import { type ImageValues, imageValues } from '@vitrine/metrics'
import type { BoardColumns, BoardFacts, PageMeasure } from '../data/boards/board-json.ts'

export async function fetchJson<T>(file: string): Promise<T> {
  const response = await fetch(file)
  if (!response.ok) throw new Error(`${file}: expected a file of the site, got HTTP ${response.status}`)
  return response.json()
}

/** What a board holds, without its values. */
export const fetchFacts = (root: string, path: string): Promise<BoardFacts> =>
  fetchJson(`${root}boards/${path}.facts.json`)

/** The columns of a board, fetched when they are first needed. */
export function boardColumns(root: string, path: string) {
  const fetched = new Map<string, Promise<BoardColumns>>()
  const columnsOf = (name: string): Promise<BoardColumns> => {
    const known = fetched.get(name)
    if (known) return known
    const found = fetchJson<BoardColumns>(`${root}boards/${path}.${name}.json`)
    fetched.set(name, found)
    return found
  }
  return {
    /** Values per image of every row that has them, and the columns that they are read from, by slug. */
    async values(
      { family, target, metric, perThreshold, best }: PageMeasure,
      at: number,
    ): Promise<
      Map<string, { readonly values: ImageValues; readonly columns: Readonly<Record<string, readonly unknown[]>> }>
    > {
      const { rows, thresholds, protocol } = await columnsOf(`${family}.${target}`)
      return new Map(
        Object.entries(rows).flatMap(([row, columns]) => {
          const found = imageValues(
            { columns, thresholds, protocol },
            { metric, target, ...(best ? { at: 'best' } : perThreshold && { at }) },
          )
          return found ? [[row, { values: found, columns }] as const] : []
        }),
      )
    },
  }
}
