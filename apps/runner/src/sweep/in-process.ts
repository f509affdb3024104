import type { Transport, WorkerLink } from './task.ts'
import { workplace } from './workplace.ts'

/** A worker that is no process of its own: for one record at a time, and where nothing foreign runs. */
export const inProcess: Transport = {
  async start(setup, events) {
    const functions = workplace(events)
    const facts = await functions.open(setup)
    // Nothing can be ended at once here; what it holds is freed.
    return { ...functions, facts, lost: false, kill: () => void functions.close() } satisfies WorkerLink
  },
}
