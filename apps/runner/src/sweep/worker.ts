// A worker in a process of its own. It is started by `forkedWorkers`, with the process id of its parent, and takes its tasks from there.
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { TaskRefusedError, type WorkerEvents, type WorkerFunctions } from './task.ts'
import { workplace } from './workplace.ts'

if (import.meta.main) {
  new Worker(new URL('./watch-parent.ts', import.meta.url), { workerData: Number(process.argv[2]) }).unref()
  const functions = withPlainErrors(
    workplace({
      rows: rows => void parent.rows.asEvent(rows),
      passes: count => void parent.passes.asEvent(count),
    }),
  )
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

/** A method may throw anything, also what cannot be sent or what is taken for no error: the parent gets the text of it. */
function withPlainErrors(functions: WorkerFunctions): WorkerFunctions {
  const wrapped = Object.entries(functions).map(([name, work]: [string, (...given: never[]) => Promise<unknown>]) => [
    name,
    async (...given: never[]) => {
      try {
        return await work(...given)
      } catch (error) {
        const message = error instanceof Error ? error.message || error.name : `${inspect(error)} was thrown`
        // The class of an error is lost on the way; its cause is not.
        throw new Error(message, error instanceof TaskRefusedError ? { cause: error.name } : {})
      }
    },
  ])
  return Object.fromEntries(wrapped)
}
