import { availableParallelism } from 'node:os'
import Tinypool from 'tinypool'

const pool = new Tinypool({
  filename: new URL('./rank.worker.ts', import.meta.url).href,
  minThreads: 0,
  maxThreads: availableParallelism(),
  // Between small tasks a thread stays: it takes longer to start than most of them.
  idleTimeout: 1000,
})

/** Runs a module's default function in another thread. */
export const inThread = <Question, Answer>(module: URL, question: Question): Promise<Answer> =>
  pool.run(question, { filename: module.href })

/** Items that a thread is given at a time: handing them over one by one would take longer than most of them do. */
const AT_ONCE = 100

/** Runs a module's default function on the parts of a list, in other threads; one answer per part, in order. */
export function inThreads<Item, Answer>(module: URL, items: readonly Item[]): Promise<Answer[]> {
  const parts = Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, i) =>
    items.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  )
  return Promise.all(parts.map(part => inThread<Item[], Answer>(module, part)))
}
