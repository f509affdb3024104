import { availableParallelism } from 'node:os'
import Tinypool from 'tinypool'

const pool = new Tinypool({
  filename: new URL('../boards/rank.worker.ts', import.meta.url).href,
  minThreads: 0,
  // The main thread makes pages all the while, and has a core of its own.
  maxThreads: Math.max(1, availableParallelism() - 1),
  // A thread has its next tasks at hand: the main thread, busy with pages, answers late.
  concurrentTasksPerWorker: 64,
  // A thread stays until the end: it takes longer to start than most tasks do.
  idleTimeout: 600_000,
})

/** Ends the threads, which else would keep the process. */
export const endThreads = (): Promise<void> => pool.destroy()

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
