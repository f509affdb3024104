import { Queue, QueueEvents } from 'bullmq'
import type { QueueAddress } from './address.ts'
import { KEPT, LIVES, PREFIX, queueOf } from './names.ts'
import { type JobData, type JobResult, readResult } from './order.ts'

/** How a task ended. */
export type Outcome =
  | { readonly state: 'completed'; readonly result: JobResult }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'given up' }

/** The queue of an engine, as a coordinator sees it. */
export interface Lane {
  /** Puts a task on the queue, or finds the one that is there, and waits until it is done. */
  done(id: string, data: JobData, over: AbortSignal): Promise<Outcome>
  /** Takes a task and its outcome off the queue. */
  forget(id: string): Promise<void>
  /** Takes the tasks of this sweep that nobody has begun off the queue, and leaves it. */
  close(): Promise<void>
}

interface LaneOptions {
  readonly sweep: string
  readonly gone: AbortSignal
}

/** Seconds between two looks at tasks that are waited for: what was told while nobody listened is found so. */
const LOOK = 10

export async function openLane(address: QueueAddress, engine: string, { sweep, gone }: LaneOptions): Promise<Lane> {
  const connection = { connection: address.options, prefix: PREFIX }
  const queue = new Queue(queueOf(engine), connection)
  const events = new QueueEvents(queueOf(engine), connection)
  queue.on('error', () => {})
  events.on('error', () => {})
  const waiting = new Map<string, () => void>()
  const wake = ({ jobId }: { readonly jobId: string }) => waiting.get(jobId)?.()
  events.on('completed', wake)
  events.on('failed', wake)
  events.on('removed', wake)
  await events.waitUntilReady()
  const look = setInterval(() => {
    for (const one of waiting.values()) one()
  }, LOOK * 1000)

  /** How a task ended; nothing while it has not. One that is gone is put on the queue again. */
  async function outcomeOf(id: string, data: JobData, fresh: boolean): Promise<Outcome | undefined> {
    const job = await queue.getJob(id)
    const state = job ? await job.getState() : 'unknown'
    if (job && state === 'completed') {
      try {
        return { state, result: readResult(job.returnvalue) }
      } catch {
        // What another version left there is done again.
        await forget(id)
      }
    } else if (job && state === 'failed') {
      // What was parked by an earlier run gets another try, as all that failed does.
      if (!fresh) return { state, reason: reasonOf(job.failedReason) }
      await forget(id)
    } else if (job && state !== 'unknown') return undefined
    await queue.add('measure', data, {
      jobId: id,
      attempts: LIVES,
      removeOnComplete: { age: KEPT },
      removeOnFail: { age: KEPT },
    })
    return undefined
  }

  async function forget(id: string): Promise<void> {
    await queue.remove(id)
  }

  return {
    forget,
    async done(id, data, over) {
      const wakeThis = () => waiting.get(id)?.()
      over.addEventListener('abort', wakeThis)
      try {
        for (let fresh = true; ; fresh = false) {
          if (over.aborted || gone.aborted) {
            // One that is being measured cannot be removed, and is found by the next run.
            await forget(id).catch(() => {})
            return { state: 'given up' }
          }
          const woken = new Promise<void>(resolve => waiting.set(id, resolve))
          const outcome = await outcomeOf(id, data, fresh)
          if (outcome) return outcome
          await woken
        }
      } finally {
        over.removeEventListener('abort', wakeThis)
        waiting.delete(id)
      }
    },
    async close() {
      clearInterval(look)
      for (const job of await queue.getJobs(['wait', 'delayed', 'prioritized']))
        if (job?.data?.sweep === sweep) await job.remove().catch(() => {})
      await Promise.all([queue.close(), events.close()])
    },
  }
}

/** BullMQ's words for a task whose workers went away without a word. */
const reasonOf = (reason: string): string =>
  /stalled more than/.test(reason) ? `ended ${LIVES} workers, or they could not be reached` : reason
