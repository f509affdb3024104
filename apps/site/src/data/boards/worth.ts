import type { HalvesAgreement, Metric, Worth } from '@vitrine/metrics'
import type { Ranked } from '../../shared/rank.ts'
import { once } from '../load/once.ts'
import { inThread } from '../load/threads.ts'
import { type Board, firstMeasures } from './boards.ts'

/** What a measure is worth on the images of a board. */
export interface MeasureWorth {
  /** How well it tells the map that is told the truth from the controls; `null` where such a map means nothing or is not there. */
  readonly truth: Worth | null
  /** How well it tells methods from the controls. */
  readonly methods: Worth
  /** How alike two halves of the images rank the methods. */
  readonly halves: HalvesAgreement | null
  /** The leading method, the one behind it, and how many images would tell them apart; `null` where that cannot be said. */
  readonly leaders: { readonly first: string; readonly second: string; readonly images: number | null } | null
  /** Of the neighbours in the ranking of the methods, how many are told apart, alone and corrected for how many they are. */
  readonly neighbours: { readonly pairs: number; readonly told: number; readonly corrected: number }
}

/** What a thread is asked: rows by each measure that ranks. */
export type Judged = readonly {
  readonly rows: readonly Ranked[]
  readonly direction: Metric['direction']
  readonly truth: boolean
}[]

/** What each measure of a board is worth, by its key; those that rank nothing are left out. Computed once, in another thread. */
export const worthOfMeasures = once(async (board: Board): Promise<ReadonlyMap<string, MeasureWorth>> => {
  const measures = firstMeasures(board).filter(({ metric }) => metric.merit)
  const question: Judged = measures.map(({ key, metric: { direction, truth } }) => ({
    direction,
    truth,
    rows: board.done.flatMap(({ slug, method, ceiling, values }) => {
      const found = values.get(key)
      return found ? [{ id: slug, control: method.control, toldTruth: ceiling, values: found }] : []
    }),
  }))
  const answer = await inThread<Judged, MeasureWorth[]>(new URL('./worth.worker.ts', import.meta.url), question)
  return new Map(measures.flatMap(({ key }, i) => (answer[i] ? [[key, answer[i]] as const] : [])))
})

/** The area by which a measure is judged: the truth against the controls where that means something, else methods against them. */
export const judgedBy = ({ truth, methods }: MeasureWorth): Worth => (truth?.auc == null ? methods : truth)

/** Whether a measure is shown to tell anything from the controls: its interval lies above what guessing has. */
export const tells = (worth: MeasureWorth): boolean => (judgedBy(worth).interval?.[0] ?? 0) > 0.5
