import { tileScore } from '../shared/forest.ts'
import { data, idOf, rows } from './board-page.ts'
import type { Column } from './board-values.ts'

const tiles = rows.map(row => [...row.querySelectorAll<HTMLElement>('.strip > i')])
const firstScores = tiles.map(list => list.map(tile => tile.dataset.s ?? ''))

/** Writes the scores of the sorted column into the tiles; those of a column without values per image are empty. */
export function showScores(column: Column | null): void {
  const values = new Map(column?.contenders.map(row => [row.id, row.values]))
  writeScores((row, i) => {
    const value = values.get(idOf(row))?.[data.strip[i] ?? -1] ?? null
    return value === null ? '' : tileScore(value)
  })
}

/** Writes the scores with which the page came. */
export const showFirstScores = (): void => writeScores((_, i, r) => firstScores[r]?.[i] ?? '')

function writeScores(text: (row: HTMLTableRowElement, i: number, r: number) => string): void {
  for (const [r, row] of rows.entries()) {
    for (const [i, tile] of tiles[r]?.entries() ?? []) {
      const score = text(row, i, r)
      if (score) tile.dataset.s = score
      else delete tile.dataset.s
    }
  }
}
