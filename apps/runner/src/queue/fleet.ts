import type { EngineFacts } from '@vitrine/measure'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Machine } from '../sweep/environment.ts'
import { key } from './names.ts'

// Who works: each worker says every few seconds what it is and does.

/** What a worker is measuring. */
export interface Busy {
  readonly task: string
  readonly engine: string
  readonly model: string
  readonly dataset: string
}

/** What a worker says of itself. */
export interface WorkerNews {
  readonly id: string
  readonly host: string
  readonly machine: Machine
  readonly engines: readonly EngineFacts[]
  /** Tasks at once. */
  readonly concurrency: number
  readonly tasks: number
  readonly images: number
  /** Seconds since it began. */
  readonly uptime: number
  readonly busy: readonly Busy[]
  /** Whether it times methods, and takes no tasks meanwhile. */
  readonly timing: boolean
  /** Why it refuses tasks, the latest last. */
  readonly refusals: readonly string[]
}

/** Seconds between two announcements. */
export const PULSE = 2
/** Seconds without an announcement after which a worker is taken for gone. */
const SILENCE = 15

const text = z.string()
const newsSchema = z.object({
  seen: z.number(),
  news: z.object({
    id: text,
    host: text,
    machine: z.object({ node: text, os: text, arch: text, cpu: text, cores: z.number(), memory: z.number() }),
    engines: z.array(z.object({ id: text, engine: text, version: text, threads: z.number().nullable() })),
    ...{ concurrency: z.number(), tasks: z.number(), images: z.number(), uptime: z.number(), timing: z.boolean() },
    busy: z.array(z.object({ task: text, engine: text, model: text, dataset: text })),
    refusals: z.array(text),
  }),
})

const WORKERS = key('workers')

/** The clock of the queue, in seconds: those of machines differ. */
async function now(client: Redis): Promise<number> {
  const [seconds, micros] = await client.time()
  return Number(seconds) + Number(micros) / 1e6
}

export async function announce(client: Redis, news: WorkerNews): Promise<void> {
  await client.hset(WORKERS, news.id, JSON.stringify({ seen: await now(client), news }))
}

export async function leave(client: Redis, id: string): Promise<void> {
  await client.hdel(WORKERS, id)
}

/** The workers that are there, in the order of their names. Those that are gone are forgotten. */
export async function workersOf(client: Redis): Promise<WorkerNews[]> {
  const [time, all] = await Promise.all([now(client), client.hgetall(WORKERS)])
  const there: WorkerNews[] = []
  for (const [id, said] of Object.entries(all)) {
    const found = newsSchema.safeParse(parsed(said))
    if (found.success && time - found.data.seen < SILENCE) there.push(found.data.news)
    else await leave(client, id)
  }
  return there.sort((a, b) => a.id.localeCompare(b.id))
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}
