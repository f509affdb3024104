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
