import { median } from '@vitrine/metrics'
import { inSentence } from '../../shared/format.ts'
import { measureName } from '../load/measures.ts'
import { type Board, firstMeasures } from './boards.ts'
import type { BoardStandings } from './standings.ts'

/** Which ranks rows hold over several measures. */
export interface RanksHeld {
  /** Names of the measures. */
  readonly measures: readonly string[]
  readonly rows: ReadonlyMap<string, { readonly best: number; readonly worst: number; readonly median: number }>
}

/** The ranks of every row over all measures of which more is better and that have no threshold to choose; `null` with fewer than three of them. */
export function ranksOver(board: Board, standings: BoardStandings): RanksHeld | null {
  const measures = firstMeasures(board).filter(m => !m.perThreshold && m.metric.merit)
  if (measures.length < 3) return null
  const rows = board.done.flatMap(({ slug, ceiling }) => {
    const ranks = measures.flatMap(({ key }) => standings.get(key)?.get(slug)?.rank ?? [])
    if (ceiling || ranks.length === 0) return []
    return [[slug, { best: Math.min(...ranks), worst: Math.max(...ranks), median: median(ranks) }] as const]
  })
  return { measures: measures.map(m => inSentence(measureName(m))), rows: new Map(rows) }
}
