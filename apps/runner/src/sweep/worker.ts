// The process of one model on one backend. It is started by `startWorker` and takes its orders from there.
import { createBirpc } from 'birpc'
import { type Assignment, type Job, type JobEvents, openJob } from './job.ts'

/** What is known of a job once it is opened. */
export type JobFacts = Pick<Job, 'engine' | 'unavailable' | 'threads'>

/** What a worker can be asked to do: all of a job, once it is opened. */
export interface WorkerFunctions extends Omit<Job, keyof JobFacts> {
  open(assignment: Assignment): Promise<JobFacts>
}

if (import.meta.main) {
  let job: Job | undefined
  const opened = (): Job => {
    if (!job) throw new Error('[vitrine] [runner] worker: asked to work before it was opened')
    return job
  }
  const functions: WorkerFunctions = {
    async open(assignment) {
      job = await openJob(assignment, {
        images: count => void parent.images.asEvent(count),
        passes: count => void parent.passes.asEvent(count),
        note: text => void parent.note.asEvent(text),
      })
      const { engine, unavailable, threads } = job
      return { engine, unavailable, threads }
    },
    describe: dataset => opened().describe(dataset),
    begin: dataset => opened().begin(dataset),
    sweep: (dataset, methods, positions) => opened().sweep(dataset, methods, positions),
    finish: (dataset, methods) => opened().finish(dataset, methods),
    untimed: () => opened().untimed(),
    startTiming: methods => opened().startTiming(methods),
    timeRound: round => opened().timeRound(round),
    saveTiming: others => opened().saveTiming(others),
    stop: () => job?.stop(),
    close: async () => job?.close(),
  }
  const parent = createBirpc<JobEvents, WorkerFunctions>(functions, {
    // What can no longer be sent has no reader: that the parent is gone, `disconnect` says.
    post: message => process.send?.(message, undefined, undefined, () => {}),
    on: listen => process.on('message', listen),
    timeout: -1,
  })
  // A terminal interrupts every process of a command; the parent says when to stop.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit())
}
