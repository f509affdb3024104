import type { LeftOut } from '../../shared/left-out.ts'
import { once } from '../load/once.ts'
import { inThread } from '../load/threads.ts'
import { type Board, firstMeasures } from './boards.ts'

/** What a thread looks up: of each record, why images have no value of each measure. */
export interface Gaps {
  readonly measures: readonly { readonly key: string; readonly family: string; readonly target: string }[]
  readonly records: readonly {
    readonly slug: string
    readonly file: string
    readonly values: Readonly<Record<string, readonly (number | null)[]>>
  }[]
}

/** Why images are left out, by the measure's key, then by the row's slug; only where some are. */
export type BoardLeftOut = ReadonlyMap<string, ReadonlyMap<string, LeftOut>>

export const leftOutOf = once(async (board: Board): Promise<BoardLeftOut> => {
  const measures = firstMeasures(board).map(({ key, metric, target }) => ({ key, family: metric.group, target }))
  const none = new Array<null>(board.images.index.length).fill(null)
  const gaps = board.done.flatMap(({ slug, file, values }) => {
    const lists = measures.map(({ key }) => [key, values.get(key) ?? none] as const)
    const found = Object.fromEntries(lists.filter(([, list]) => list.includes(null)))
    return Object.keys(found).length === 0 ? [] : [{ slug, file, values: found }]
  })
  const question: Gaps = { measures, records: gaps }
  const answer = await inThread<Gaps, (readonly [slug: string, key: string, found: LeftOut])[]>(
    new URL('./left-out.worker.ts', import.meta.url),
    question,
  )
  const byKey = Map.groupBy(answer, ([, key]) => key)
  return new Map([...byKey].map(([key, list]) => [key, new Map(list.map(([slug, , found]) => [slug, found]))]))
})
