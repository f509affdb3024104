import { hostname } from 'node:os'
import { hashText } from '@vitrine/records/record'

/** The environment variable that names the queue: an address with a password in it is not seen in the list of processes. */
export const QUEUE_VARIABLE = 'VITRINE_QUEUE'

/** What the names of all keys begin with. */
export const PREFIX = 'vitrine'

/** Seconds that tasks and rows are kept that nobody asks for, such as those of a coordinator that never came back. */
export const KEPT = 14 * 24 * 3600

/** How many workers a task may end before it is parked. */
export const LIVES = 3

/** The queue of the tasks of an engine. */
export const queueOf = (engine: string): string => `tasks.${engine.replace(':', '-')}`

/** The queue of what is asked of one worker alone. */
export const callsOf = (worker: string): string => `calls.${worker}`

/** A key of ours beside those of the queues. */
export const key = (...parts: readonly string[]): string => [PREFIX, ...parts].join(':')

/** What tells a sweep's tasks from those of others: the same for the same store, so that a coordinator that is started again finds them. */
export const sweepOf = (store: string): string => hashText(`${hostname()} ${store}`).slice(0, 12)
