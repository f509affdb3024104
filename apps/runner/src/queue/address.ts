import { Redis } from 'ioredis'
import { UsageError } from '../cli/arguments.ts'
import { QUEUE_VARIABLE } from './names.ts'

/** The queue cannot be reached, or is no such queue as is needed. */
export class QueueError extends Error {
  override readonly name = 'QueueError'

  constructor(problem: string, options?: ErrorOptions) {
    super(`[vitrine] [queue] ${problem}`, options)
  }
}

/** Where a queue is. */
export interface QueueAddress {
  /** For people and logs: without user and password. */
  readonly shown: string
  /** For connections; holds the password. */
  readonly options: {
    readonly host: string
    readonly port: number
    readonly db: number
    readonly username?: string
    readonly password?: string
    readonly tls?: object
    readonly maxRetriesPerRequest: null
    readonly retryStrategy: (times: number) => number
  }
}

const EXPECTED = 'redis://[user:password@]host[:port][/database], or rediss:// for TLS'

/**
 * Reads `redis://…`, or `rediss://…` for TLS.
 *
 * @throws {UsageError} for anything else; the message does not repeat what was given, which may hold a password
 */
export function readAddress(given: string | undefined): QueueAddress {
  const text = given ?? process.env[QUEUE_VARIABLE]
  if (text === undefined || text === '')
    throw new UsageError(`--queue: expected ${EXPECTED}, here or in ${QUEUE_VARIABLE}, got nothing`)
  const url = URL.parse(text)
  const database = url?.pathname.slice(1) ?? ''
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^\d*$/.test(database) || url.search !== '')
    throw new UsageError(`--queue: expected ${EXPECTED}, got another text`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port || 6379)
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${database === '' ? '' : `/${database}`}`,
    options: {
      ...{ host, port, db: Number(database) },
      ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
      ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
      ...(url.protocol === 'rediss:' && { tls: {} }),
      // A queue that is gone for a while is waited for: what is under way goes on when it is back.
      maxRetriesPerRequest: null,
      retryStrategy: times => Math.min(100 * times, 2000),
    },
  }
}

/** Seconds to wait for a first connection. */
const PATIENCE = 10

/**
 * Connects once and looks whether it is a queue that can be used.
 *
 * @throws {QueueError} where it cannot be reached, refuses the password, or forgets keys when its memory is full
 */
export async function connect({ shown, options }: QueueAddress, note: (text: string) => void): Promise<Redis> {
  let problem: Error | undefined
  const client = new Redis({ ...options, lazyConnect: true })
  client.on('error', error => {
    problem = error
  })
  const late = AbortSignal.timeout(PATIENCE * 1000)
  try {
    await Promise.race([
      // A refused password is an answer to the first command.
      client.connect().then(() => client.ping()),
      new Promise<never>((_, reject) => {
        late.addEventListener('abort', () => reject(problem ?? new Error(`no answer for ${PATIENCE} s`)))
        client.on('error', reject)
      }),
    ])
  } catch (error) {
    client.disconnect()
    throw new QueueError(
      `${shown}: expected a Redis or Valkey that takes this user and password, found: ${told(error)}`,
    )
  }
  client.removeAllListeners('error')
  tellOutages(client, shown, note)
  await expectNothingForgotten(client, shown)
  return client
}

/** What a client says went wrong. An error of several attempts to connect has no message of its own. */
function told(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(told).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** A Redis that may evict keys loses tasks and rows without a word. Services that keep their settings to themselves are taken as they are. */
async function expectNothingForgotten(client: Redis, shown: string): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await client.info('memory'))?.[1]
  if (policy === undefined || policy === 'noeviction') return
  client.disconnect()
  throw new QueueError(
    `${shown}: expected the setting maxmemory-policy noeviction, found ${policy}. Set it to noeviction.`,
  )
}

/** Says once when the queue is gone, and once when it is back. */
function tellOutages(client: Redis, shown: string, note: (text: string) => void): void {
  let gone = false
  // Errors of a connection repeat with every attempt; `close` and `ready` say when it is gone and back.
  client.on('error', () => {})
  client.on('close', () => {
    if (gone || client.status === 'end') return
    gone = true
    note(`The queue ${shown} does not answer; waiting for it.`)
  })
  client.on('ready', () => {
    if (gone) note(`The queue ${shown} is back.`)
    gone = false
  })
}
