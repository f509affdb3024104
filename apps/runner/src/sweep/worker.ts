// A worker in a process of its own. It is started by `forkedWorkers` and takes its tasks from there.
import { Worker } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import type { WorkerEvents, WorkerFunctions } from './task.ts'
import { workplace } from './workplace.ts'

if (import.meta.main) {
  new Worker(new URL('./watch-parent.ts', import.meta.url), { workerData: process.ppid }).unref()
  const functions: WorkerFunctions = workplace({
    rows: rows => void parent.rows.asEvent(rows),
    passes: count => void parent.passes.asEvent(count),
  })
  const parent = createBirpc<WorkerEvents, WorkerFunctions>(functions, {
    // Errors of sending are ignored: `disconnect` says that the parent is gone.
    post: message => process.send?.(message, undefined, undefined, () => {}),
    on: listen => process.on('message', listen),
    timeout: -1,
  })
  // A terminal interrupts every process of a command; the parent says when to stop.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  process.on('disconnect', () => process.exit())
}
