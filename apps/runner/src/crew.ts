import type { Assignment, JobEvents, Work } from './job.ts'
import { type Progress, startProgress } from './progress.ts'
import { type Lost, type Supervisor, superviseJob, WorkerLostError } from './supervisor.ts'

export interface Measured {
  /** The records, in the order in which they were asked for. */
  readonly ids: readonly string[]
  /** Those of them whose process was lost. */
  readonly lost: readonly Lost[]
  /** Whether every engine could be had. */
  readonly complete: boolean
}

/** A job and what it begun. */
interface Member {
  readonly assignment: Assignment
  readonly job: Supervisor
  readonly begun: readonly { readonly dataset: string; readonly work: Work }[]
}

/**
 * One model: the sweeps of all engines side by side, each in a process of its own, or in several where its engine leaves cores free;
 * then their timing in common rounds.
 */
export async function measureModel(
  assignments: readonly Assignment[],
  datasets: readonly string[],
  { rounds, quiet }: { readonly rounds: number; readonly quiet: boolean },
): Promise<Measured | 'interrupted'> {
  let progress: Progress | undefined
  const note = (text: string) => (progress ? progress.note(text) : void process.stderr.write(`${text}\n`))
  const noteLoss = (error: unknown): undefined => {
    if (!(error instanceof WorkerLostError)) throw error
    note(error.message)
  }
  const events: JobEvents = {
    images: count => progress?.advance(count),
    passes: count => progress?.passes(count),
    note,
  }

  async function enlist(assignment: Assignment): Promise<Member | undefined> {
    try {
      const job = await superviseJob(assignment, events)
      if (job.unavailable !== undefined) note(job.unavailable)
      const begun: { dataset: string; work: Work }[] = []
      for (const dataset of datasets) begun.push({ dataset, work: await job.begin(dataset) })
      return { assignment, job, begun }
    } catch (error) {
      return noteLoss(error)
    }
  }

  const crew = (await Promise.all(assignments.map(enlist))).filter(member => member !== undefined)
  let interrupted = false
  const assistants = new Set<Supervisor>()
  const interrupt = () => {
    interrupted = true
    for (const job of [...crew.map(member => member.job), ...assistants]) job.stop()
  }
  process.once('SIGINT', interrupt)
  try {
    const able = crew.filter(({ job }) => job.unavailable === undefined)
    const all = able.flatMap(({ begun }) => begun.map(({ work }) => work))
    const [images, missing] = (['images', 'missing'] as const).map(key => all.reduce((sum, work) => sum + work[key], 0))
    const lost: Lost[] = []
    if (missing) {
      progress = startProgress(able.map(({ job }) => job.engine).join(', '), missing, 'images', quiet)
      if (missing !== images) progress.note(`${(images ?? 0) - missing} images are there already`)
    }
    await Promise.all(
      able.map(async ({ job, begun, assignment }) => {
        const waiting = begun.filter(({ work }) => work.unfinished)
        const sweep = async (by: Supervisor) => {
          for (let next = waiting.shift(); next && !interrupted; next = waiting.shift())
            lost.push(...(await by.sweep(next.dataset, next.work.records)))
        }
        const processes = Math.min(Math.floor(assignment.threads / job.threads), waiting.length)
        const assist = async () => {
          const other = await superviseJob(assignment, events)
          assistants.add(other)
          await sweep(other)
          await other.close()
        }
        const assisted = Array.from({ length: processes - 1 }, () => assist().catch(noteLoss))
        await Promise.all([sweep(job), ...assisted])
      }),
    )
    progress?.end()
    progress = undefined
    if (!interrupted)
      await timeTogether(
        able.map(({ job }) => job),
        rounds,
        quiet,
      )
    if (interrupted) return 'interrupted'
    return {
      ids: crew.flatMap(({ begun }) => begun.flatMap(({ work }) => work.records.map(r => r.id))),
      lost,
      complete: able.length === assignments.length,
    }
  } finally {
    process.removeListener('SIGINT', interrupt)
    await Promise.all(crew.map(({ job }) => job.close()))
  }
}

/**
 * Rounds in which every engine times its methods, each round from another engine on. A method that one engine has no timing of is timed
 * on all of them, so that the samples are of the same rounds.
 */
async function timeTogether(crew: readonly Supervisor[], rounds: number, quiet: boolean): Promise<void> {
  let timed: readonly Supervisor[] = crew
  const each = async (work: (job: Supervisor) => Promise<unknown>, from = 0) => {
    const kept: Supervisor[] = []
    for (const job of [...timed.slice(from), ...timed.slice(0, from)]) {
      try {
        if ((await work(job)) !== false) kept.push(job)
      } catch (error) {
        if (!(error instanceof WorkerLostError)) throw error
        process.stderr.write(`timing on ${job.engine}: ${error.message}\n`)
      }
    }
    timed = timed.filter(job => kept.includes(job))
  }
  const needed = new Set<string>()
  await each(async job => {
    for (const method of await job.untimed()) needed.add(method)
  })
  if (needed.size === 0) return
  await each(job => job.startTiming([...needed]))
  if (timed.length === 0) return
  const progress = startProgress(`timing ${timed.map(job => job.engine).join(', ')}`, rounds, 'rounds', quiet)
  for (let round = 0; round < rounds; round++) {
    await each(job => job.timeRound(round), round % timed.length)
    progress.advance(1)
  }
  progress.end()
  const engines = timed.map(job => job.engine)
  await each(job => job.saveTiming(engines.filter(engine => engine !== job.engine)))
}
