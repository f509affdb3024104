import type { DetailedStanding, Metric } from '@vitrine/metrics'
import type { Ranked } from '../../shared/rank.ts'
import { once } from '../load/once.ts'
import { inThread } from '../load/threads.ts'
import { type Board, firstMeasures } from './boards.ts'

/** What a thread ranks at a time: the rows of a board by each of the measures that are shown first. */
export type RankedColumns = readonly { readonly rows: readonly Ranked[]; readonly direction: Metric['direction'] }[]

/** How a measure ranks a board's rows at the threshold that is shown first, by slug. */
export type Standings = ReadonlyMap<string, DetailedStanding>

/** By the measure's key. */
export type BoardStandings = ReadonlyMap<string, Standings>

/** Ranks the rows by each measure that a board shows first, in another thread; computed once. */
export const standingsOf = once(async (board: Board): Promise<BoardStandings> => {
  const measures = firstMeasures(board)
  const images = board.images.index.length
  const question: RankedColumns = measures.map(({ key, metric }) => ({
    direction: metric.direction,
    rows: board.done.map(entry => ({
      id: entry.slug,
      control: entry.method.control,
      toldTruth: entry.ceiling,
      values: entry.values.get(key) ?? new Array<null>(images).fill(null),
    })),
  }))
  const answer = await inThread<RankedColumns, DetailedStanding[][]>(
    new URL('./rank.worker.ts', import.meta.url),
    question,
  )
  return new Map(measures.map(({ key }, i) => [key, new Map(answer[i]?.map(standing => [standing.id, standing]))]))
})
