import { compareAll } from '../shared/compare.ts'
import { rankRows } from '../shared/rank.ts'
import { toldApart } from '../shared/told-apart.ts'

/** What is computed beside the page, which stays responsive meanwhile. */
const tasks = { compareAll, rankRows, toldApart }

export type Tasks = typeof tasks

/** A question with a number that its answer carries back. */
export interface Asked<Name extends keyof Tasks = keyof Tasks> {
  readonly id: number
  readonly name: Name
  readonly words: Parameters<Tasks[Name]>
}

export interface Answered {
  readonly id: number
  readonly answer: unknown
}

addEventListener('message', ({ data: { id, name, words } }: MessageEvent<Asked>) => {
  const task = tasks[name] as (...words: unknown[]) => unknown
  postMessage({ id, answer: task(...words) } satisfies Answered)
})
