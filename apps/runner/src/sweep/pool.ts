import type { Assignment, Begun, Failed, JobEvents, Work } from './job.ts'
import { type Supervisor, superviseJob, WorkerLostError } from './supervisor.ts'

/** A job and what it begun. */
export interface Member {
  readonly assignment: Assignment
  readonly job: Supervisor
  readonly begun: readonly { readonly dataset: string; readonly work: Work }[]
}

/**
 * How many processes share the sweep of so many images. While a process with two threads runs JavaScript a core waits, and two processes
 * of one thread run more passes than one of two. Other engines with many threads have a device to themselves.
 */
function processesFor({ processes, threads, batch }: Assignment, job: Supervisor, images: number): number {
  const divisible = job.threads === 1 || job.engine === 'onnx:cpu'
  return divisible ? Math.max(1, Math.min(processes, threads, Math.floor(images / batch))) : 1
}

/** The processes of a sweep: others than the job's own where that has more threads than its share. */
async function hire({ assignment, job }: Member, images: number, events: JobEvents): Promise<Supervisor[]> {
  const processes = processesFor(assignment, job, images)
  const threads = Math.floor(assignment.threads / processes)
  const own = processes === 1 || threads === job.threads ? [job] : []
  const share = { ...assignment, threads, timedThreads: job.threads }
  const others = await Promise.all(
    Array.from({ length: processes - own.length }, () =>
      superviseJob(share, events).catch((error: unknown) => {
        if (!(error instanceof WorkerLostError)) throw error
        events.note(error.message)
      }),
    ),
  )
  const staff = [...own, ...others.filter(other => other !== undefined)]
  return staff.length > 0 ? staff : [job]
}

/**
 * Measures and sums up what the records of a member lack. Its processes take batches of images from one queue, of all datasets, so that
 * none waits for another.
 *
 * @returns records that cannot be measured
 */
export async function sweepTogether(member: Member, events: JobEvents, interruption: AbortSignal): Promise<Failed[]> {
  const { assignment, job, begun } = member
  const open = begun.filter(({ work }) => work.unfinished)
  const waiting = open.map(({ dataset, work }) => ({ dataset, records: work.records, positions: [...work.missing] }))
  const left = () => waiting.reduce((sum, { positions }) => sum + positions.length, 0)
  const failed = new Map<string, Failed>()
  const keep = (found: readonly Failed[]) => {
    for (const record of found) failed.set(record.id, record)
  }
  const able = (records: readonly Begun[]) => records.filter(({ id }) => !failed.has(id))

  const staff = await hire(member, left(), events)
  const others = staff.filter(by => by !== job)
  const together = (work: (by: Supervisor) => Promise<void>) => Promise.all(staff.map(work))
  const stop = () => {
    for (const other of others) other.stop()
  }
  interruption.addEventListener('abort', stop)
  try {
    await together(async by => {
      while (!interruption.aborted) {
        const next = waiting.find(({ records, positions }) => positions.length > 0 && able(records).length > 0)
        if (!next) return
        // Less than a batch at the end, so that all processes end together.
        const positions = next.positions.splice(0, Math.min(assignment.batch, Math.ceil(left() / staff.length)))
        keep(await by.sweep(next.dataset, able(next.records), positions))
      }
    })
    const measured = open.flatMap(({ dataset, work }) =>
      [...Map.groupBy(able(work.records), ({ method }) => method).values()].map(records => ({ dataset, records })),
    )
    await together(async by => {
      for (let next = measured.shift(); next && !interruption.aborted; next = measured.shift())
        keep(await by.finish(next.dataset, next.records))
    })
    return [...failed.values()]
  } finally {
    interruption.removeEventListener('abort', stop)
    await Promise.all(others.map(other => other.close()))
  }
}
