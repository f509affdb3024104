import type { Metric } from '@vitrine/metrics'
import type { Contender, Resolution } from '../../shared/told-apart.ts'
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
  if (!lead) return null
  const rows = board.done.flatMap(({ slug, method, values }) => {
    const found = values.get(lead.key)
    return method.control || !found ? [] : [{ id: slug, values: found }]
  })
  return inThread<Contest, Resolution>(new URL('./resolution.worker.ts', import.meta.url), {
    rows,
    direction: lead.metric.direction,
  })
})
