import type { EngineFacts } from '@vitrine/measure'
import { DelayedError, type Job, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Machine } from '../sweep/environment.ts'
import { nameOf } from '../sweep/plan.ts'
import { messageOf } from '../sweep/seat.ts'
import { TaskRefusedError, type Transport } from '../sweep/task.ts'
import type { QueueAddress } from './address.ts'
import { announce, type Busy, leave, PULSE } from './fleet.ts'
import { doJob, type Premises, type Workshop } from './job.ts'
import { keepLinks } from './links.ts'
import { LIVES, PREFIX, queueOf } from './names.ts'
import { answerCalls } from './timing.ts'

export interface WorkOptions {
  readonly id: string
  readonly host: string
  readonly machine: Machine
  readonly engines: readonly EngineFacts[]
  readonly premises: Premises
  /** Tasks of each engine at once. */
  readonly concurrency: number
  /** Seconds that this worker may be unreachable before its tasks go to others. */
  readonly lock: number
  /** How processes of this machine are started. */
  readonly transport: Transport
  readonly note: (text: string) => void
  readonly stopped: AbortSignal
}

/** Refusals that are told to others. */
const TOLD = 8
/** Milliseconds before a task that was refused is offered again, and at the most between two refusals. */
const [SOON, LATE] = [500, 30_000]

/** Does tasks of some engines until it is stopped. What is under way then goes to others. */
export async function work(address: QueueAddress, client: Redis, options: WorkOptions): Promise<void> {
  const { id, host, machine, engines, concurrency, premises, note, stopped } = options
  const links = keepLinks(options.transport, concurrency * engines.length)
  const busy = new Set<Busy>()
  const refusals: string[] = []
  let [tasks, images, timing, refused] = [0, 0, false, 0]
  const begin = performance.now()
  const shop: Workshop = {
    ...{ id, client, premises, links, busy },
    images: count => {
      images += count
    },
  }

  const tell = () =>
    announce(client, {
      ...{ id, host, machine, engines, concurrency, tasks, images, timing, refusals },
      busy: [...busy],
      uptime: (performance.now() - begin) / 1000,
    })

  function refuse(reason: string): void {
    refused++
    if (refusals.includes(reason)) return
    note(`Refused: ${reason}`)
    refusals.push(reason)
    refusals.splice(0, refusals.length - TOLD)
    tell().catch(() => {})
  }

  /** Whoever refuses makes way, longer each time: the others are to find the task. */
  async function makeWay(worker: Worker): Promise<void> {
    const pause = Math.min(SOON * 2 ** Math.min(refused, 10), LATE)
    await worker.pause(true)
    setTimeout(() => {
      if (!timing && !stopped.aborted) worker.resume()
    }, pause).unref()
  }

  async function take(worker: Worker, job: Job, token = ''): Promise<unknown> {
    try {
      const result = await doJob(shop, job, token)
      tasks++
      refused = 0
      return result
    } catch (error) {
      if (stopped.aborted) {
        await job.moveToWait(token)
        throw new WaitingError()
      }
      if (!(error instanceof TaskRefusedError)) throw error
      refuse(error.message)
      await job.moveToDelayed(Date.now() + SOON, token)
      await makeWay(worker)
      throw new DelayedError()
    }
  }

  const workers = engines.map(engine => {
    const worker: Worker = new Worker(queueOf(nameOf(engine)), (job, token) => take(worker, job, token), {
      connection: address.options,
      prefix: PREFIX,
      name: id,
      concurrency,
      lockDuration: options.lock * 1000,
      stalledInterval: options.lock * 1000,
      maxStalledCount: LIVES - 1,
      drainDelay: 2,
    })
    // Outages are told by the client; a task that was given to another meanwhile is no fault.
    worker.on('error', () => {})
    worker.on('failed', (_, error) => note(`A task failed: ${messageOf(error)}`))
    return worker
  })
  const endCalls = answerCalls(address, {
    ...{ id, premises, transport: options.transport, note },
    async pause() {
      timing = true
      await Promise.all(workers.map(worker => worker.pause()))
      links.end()
      await tell()
    },
    async resume() {
      timing = false
      for (const worker of workers) worker.resume()
      await tell()
    },
  })

  const pulse = setInterval(() => tell().catch(() => {}), PULSE * 1000)
  try {
    await tell()
    await new Promise<void>(resolve => {
      if (stopped.aborted) resolve()
      stopped.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    clearInterval(pulse)
    links.end()
    await Promise.all([...workers.map(worker => worker.close()), endCalls()])
    links.end()
    await leave(client, id)
  }
}
