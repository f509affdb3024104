import type { Metric } from '@vitrine/metrics'
import type { Contender, Resolution } from '../../shared/told-apart.ts'
import type { Measure } from '../load/measures.ts'
import { once } from '../load/once.ts'
import { inThread } from '../load/threads.ts'
import { type Board, leadMeasure } from './boards.ts'

/** What a thread tells apart. */
export interface Contest {
  readonly rows: readonly Contender[]
  readonly direction: Metric['direction']
}

/** Which methods of a board are told apart by the measure that it is sorted by at first; `null` without a measure. */
export const resolutionOf = once(async (board: Board): Promise<Resolution | null> => {
  const lead = leadMeasure(board)
  return lead ? resolutionBy(board, lead) : null
})

/** Which methods of a board are told apart by a measure, in another thread. */
export function resolutionBy(board: Board, { key, metric: { direction } }: Measure): Promise<Resolution> {
  const rows = board.done.flatMap(({ slug, method, values }) => {
    const found = values.get(key)
    return method.control || !found ? [] : [{ id: slug, values: found }]
  })
  return inThread<Contest, Resolution>(new URL('./resolution.worker.ts', import.meta.url), { rows, direction })
}
