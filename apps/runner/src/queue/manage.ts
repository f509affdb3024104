import { type Job, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { QueueAddress } from './address.ts'
import { type WorkerNews, workersOf } from './fleet.ts'
import { key, PREFIX, queueOf } from './names.ts'

// What people do to a queue by hand.

/** A task that nobody could do. */
export interface Parked {
  readonly id: string
  readonly reason: string
}

/** The queue of an engine. */
export interface QueueState {
  readonly engine: string
  readonly paused: boolean
  /** Tasks that nobody has begun. */
  readonly waiting: number
  readonly active: number
  /** Tasks whose rows no coordinator has taken. */
  readonly done: number
  readonly parked: number
  /** The latest of the parked ones. */
  readonly latest: readonly Parked[]
}

export interface QueueStatus {
  readonly queues: readonly QueueState[]
  readonly workers: readonly WorkerNews[]
}

/** How many parked tasks are shown. */
const SHOWN = 10

const ALL = ['wait', 'delayed', 'prioritized', 'completed', 'failed'] as const

/** The engines that have a queue. */
async function enginesOn(client: Redis): Promise<string[]> {
  const start = `${PREFIX}:${queueOf('')}`
  const found = new Set<string>()
  for (let cursor = '0', more = true; more; more = cursor !== '0') {
    const [next, keys] = await client.scan(cursor, 'MATCH', `${start}*:meta`, 'COUNT', 1000)
    for (const name of keys) found.add(name.slice(start.length, -':meta'.length).replace('-', ':'))
    cursor = next
  }
  return [...found].sort()
}

async function onEach<T>(
  address: QueueAddress,
  client: Redis,
  work: (queue: Queue, engine: string) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = []
  for (const engine of await enginesOn(client)) {
    const queue = new Queue(queueOf(engine), { connection: address.options, prefix: PREFIX })
    queue.on('error', () => {})
    try {
      answers.push(await work(queue, engine))
    } finally {
      await queue.close()
    }
  }
  return answers
}

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

export async function statusOf(address: QueueAddress, client: Redis): Promise<QueueStatus> {
  const queues = await onEach(address, client, async (queue, engine): Promise<QueueState> => {
    const counts = await queue.getJobCounts('active', ...ALL)
    const count = (...names: readonly string[]) => sum(names.map(name => counts[name] ?? 0))
    const latest = (await queue.getFailed(0, SHOWN - 1)).map(job => ({
      id: job.id ?? '',
      reason: job.failedReason ?? '',
    }))
    return {
      ...{ engine, latest, paused: await queue.isPaused() },
      ...{ waiting: count('wait', 'delayed', 'prioritized'), active: count('active') },
      ...{ done: count('completed'), parked: count('failed') },
    }
  })
  return { queues, workers: await workersOf(client) }
}

/** Takes everything off the queue but what is being measured. @returns how many tasks */
export async function drain(address: QueueAddress, client: Redis): Promise<number> {
  const removed = await onEach(address, client, async queue => {
    let count = 0
    for (let jobs = await some(queue); jobs.length > 0; jobs = await some(queue)) {
      await Promise.all(jobs.map(job => discard(client, job)))
      count += jobs.length
    }
    return count
  })
  return sum(removed)
}

const some = async (queue: Queue): Promise<Job[]> =>
  (await Promise.all(ALL.map(state => queue.getJobs(state, 0, 99)))).flat().filter(job => job !== undefined)

async function discard(client: Redis, job: Job): Promise<void> {
  const place: unknown = job.returnvalue?.place
  // Only lists of rows: what stands in a task may have been written by anybody.
  if (typeof place === 'string' && place.startsWith(key('rows', ''))) await client.del(place)
  await job.remove()
}

/** Offers parked tasks again. @returns how many */
export async function retry(address: QueueAddress, client: Redis): Promise<number> {
  return sum(
    await onEach(address, client, async queue => {
      const jobs = await queue.getFailed()
      await Promise.all(jobs.map(job => job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })))
      return jobs.length
    }),
  )
}

/** Has workers begin nothing more. @returns how many queues */
export const pause = async (address: QueueAddress, client: Redis): Promise<number> =>
  (await onEach(address, client, queue => queue.pause())).length

/** Has workers go on. @returns how many queues */
export const resume = async (address: QueueAddress, client: Redis): Promise<number> =>
  (await onEach(address, client, queue => queue.resume())).length
