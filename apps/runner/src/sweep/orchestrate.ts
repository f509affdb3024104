import { type Progress, startProgress } from '../cli/progress.ts'
import type { Assignment, Failed, JobEvents, Work } from './job.ts'
import { type Member, sweepTogether } from './pool.ts'
import { type Supervisor, superviseJob, WorkerLostError } from './supervisor.ts'

export interface Measured {
  /** The records, in the order in which they were asked for. */
  readonly ids: readonly string[]
  /** Those of them that cannot be measured. */
  readonly failed: readonly Failed[]
  /** Whether every engine could be had. */
  readonly complete: boolean
}

/**
 * One model: the sweeps of all engines side by side, each in several processes where its threads can be shared out; then their timing
 * in common rounds, each engine in one process with all threads.
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
  const interruption = new AbortController()
  const interrupt = () => {
    interruption.abort()
    for (const { job } of crew) job.stop()
  }
  process.once('SIGINT', interrupt)
  try {
    const able = crew.filter(({ job }) => job.unavailable === undefined)
    const all = able.flatMap(({ begun }) => begun.map(({ work }) => work))
    const images = all.reduce((sum, work) => sum + work.images, 0)
    const missing = all.reduce((sum, work) => sum + work.missing.length, 0)
    const failed: Failed[] = []
    if (missing > 0) {
      progress = startProgress(able.map(({ job }) => job.engine).join(', '), missing, 'images', quiet)
      if (missing !== images) progress.note(`${images - missing} images are there already`)
    }
    await Promise.all(
      able.map(async member => failed.push(...(await sweepTogether(member, events, interruption.signal)))),
    )
    progress?.end()
    progress = undefined
    if (!interruption.signal.aborted)
      await timeTogether(
        able.map(({ job }) => job),
        rounds,
        quiet,
      )
    if (interruption.signal.aborted) return 'interrupted'
    return {
      ids: crew.flatMap(({ begun }) => begun.flatMap(({ work }) => work.records.map(r => r.id))),
      failed,
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
