import { capabilitiesOf } from '@vitrine/backends'
import type { MethodFacts, Position } from '@vitrine/measure'
import type { MetricGroup } from '@vitrine/metrics'
import type { ImageRow } from '@vitrine/records'
import {
  type DatasetRef,
  type MethodRef,
  type Task,
  type TaskUnit,
  type Transport,
  type WorkerFacts,
  type WorkerLink,
  WorkerLostError,
  type WorkerSetup,
} from './task.ts'

/** What a pool tells while it works. */
export interface PoolEvents {
  /** Rows that were made. */
  rows(rows: readonly ImageRow[]): void
  /** So many more images are measured for all of their records. */
  images(count: number): void
  /** So many more forward passes were run. */
  passes(count: number): void
  note(text: string): void
}

/** Images of a dataset that are measured together, and what each still needs. */
export interface Batch {
  readonly dataset: DatasetRef
  readonly units: readonly TaskUnit[]
  readonly groups: readonly MetricGroup[]
  readonly positions: readonly Position[]
}

/** What all batches of a sweep have in common. */
export interface SweepChoices {
  readonly thresholds: readonly number[]
  readonly seed: number
}

/** A record that cannot be measured, and why. */
export interface Failed {
  readonly id: string
  readonly reason: string
}

/** What a method is on the model, or why that could not be found out. */
export type Described = { readonly facts: MethodFacts } | { readonly reason: string }

/** The workers of one model on one engine. */
export interface Pool {
  readonly facts: WorkerFacts
  /** What each method is on the model. A method that throws, or that ends its worker, costs itself and no other. */
  describe(methods: readonly MethodRef[]): Promise<Described[]>
  /**
   * Measures batches with several workers, which take them from one queue. A worker that is lost is replaced and its batch is tried again;
   * lost twice, each method goes on alone with that batch, and one that fails alone costs its own records.
   *
   * @returns records that cannot be measured
   */
  sweep(batches: readonly Batch[], choices: SweepChoices, stopped: AbortSignal): Promise<Failed[]>
  /** Batches that are being measured. */
  readonly inFlight: number
  /** The worker with all threads, for timing. It is started again if it was lost. */
  main(): Promise<WorkerLink>
  close(): Promise<void>
}

export interface PoolOptions {
  /** How many workers may share the threads of an engine whose work can be shared out. */
  readonly processes: number
}

export async function openPool(
  transport: Transport,
  setup: WorkerSetup,
  events: PoolEvents,
  { processes }: PoolOptions,
): Promise<Pool> {
  const links = new Set<WorkerLink>()
  /** Who is told of rows: the batch that a worker measures. */
  const listeners = new Map<object, (rows: readonly ImageRow[]) => void>()
  let inFlight = 0
  /** What went wrong with storing rows: no worker's fault, and the end of the sweep. */
  let fault: { readonly error: unknown } | undefined

  async function start(threads: number): Promise<WorkerLink> {
    const owner = {}
    const link = await transport.start(
      { ...setup, threads },
      { rows: rows => listeners.get(owner)?.(rows), passes: events.passes },
    )
    owners.set(link, owner)
    links.add(link)
    return link
  }
  const owners = new WeakMap<WorkerLink, object>()

  let first = await start(setup.threads)
  async function main(): Promise<WorkerLink> {
    if (first.lost) {
      links.delete(first)
      first = await start(setup.threads)
    }
    return first
  }

  async function describeEach(methods: readonly MethodRef[]): Promise<Described[]> {
    const found: Described[] = []
    for (const method of methods) {
      try {
        const [facts] = await (await main()).describe([method])
        found.push(facts ? { facts } : { reason: 'the worker did not describe it' })
      } catch (error) {
        events.note(`${method.id}: ${messageOf(error)}`)
        found.push({ reason: messageOf(error) })
      }
    }
    return found
  }

  /** How many workers share the sweep of so many batches, each with its part of the threads. */
  function workersFor(batches: number): number {
    const { id, engine, threads } = first.facts.engine
    const divisible = threads === 1 || capabilitiesOf(`${id}:${engine}`).divisible
    return divisible ? Math.max(1, Math.min(processes, setup.threads, batches)) : 1
  }

  return {
    facts: first.facts,
    get inFlight() {
      return inFlight
    },
    main,

    async describe(methods) {
      try {
        const facts = await (await main()).describe(methods)
        return facts.map(one => ({ facts: one }))
      } catch (error) {
        if (methods.length > 1) events.note(`${messageOf(error)}; each method is described alone`)
        return describeEach(methods)
      }
    },

    async sweep(batches, choices, stopped) {
      const failed = new Map<string, string>()
      const waiting = [...batches]
      const count = workersFor(waiting.length)
      const threads = Math.max(1, Math.floor(setup.threads / count))
      const stop = () => {
        for (const link of links) void link.stop()
      }
      stopped.addEventListener('abort', stop)
      try {
        await Promise.all(
          Array.from({ length: count }, async (_, i) => {
            const whole = count === 1 || threads === (first.facts.engine.threads ?? 1)
            let link = i === 0 && whole ? await main() : undefined
            const worker = async (): Promise<WorkerLink> => {
              if (!link || link.lost) {
                if (link) links.delete(link)
                link = i === 0 && whole ? await main() : await start(threads)
              }
              return link
            }
            for (let batch = waiting.shift(); batch && !stopped.aborted && !fault; batch = waiting.shift()) {
              inFlight++
              try {
                await measureBatch(worker, batch, choices, failed, stopped)
              } finally {
                inFlight--
              }
            }
            if (link && link !== first) {
              links.delete(link)
              await link.close()
            }
          }),
        )
      } finally {
        stopped.removeEventListener('abort', stop)
      }
      if (fault) throw fault.error
      return [...failed].map(([id, reason]) => ({ id, reason }))
    },

    async close() {
      await Promise.all([...links].map(link => link.close()))
      links.clear()
    },
  }

  async function measureBatch(
    worker: () => Promise<WorkerLink>,
    { dataset, units, groups, positions }: Batch,
    { thresholds, seed }: SweepChoices,
    failed: Map<string, string>,
    stopped: AbortSignal,
  ): Promise<void> {
    // By position, the records that still lack the image.
    const lacking = new Map(positions.map(({ index }) => [index, new Set(units.map(({ id }) => id))]))
    const settle = (index: number, id: string) => {
      const records = lacking.get(index)
      if (records?.delete(id) && records.size === 0) {
        lacking.delete(index)
        events.images(1)
      }
    }
    const taskOf = (some: readonly TaskUnit[]): Task => ({
      ...{ dataset, units: some, groups, thresholds, seed },
      positions: positions.filter(({ index }) => some.some(({ id }) => lacking.get(index)?.has(id))),
    })
    const measure = async (some: readonly TaskUnit[]): Promise<void> => {
      const task = taskOf(some)
      if (task.units.length === 0 || task.positions.length === 0) return
      const link = await worker()
      const owner = owners.get(link) ?? {}
      listeners.set(owner, rows => {
        if (fault) return
        try {
          events.rows(rows)
          for (const { index, unit } of rows) settle(index, unit)
        } catch (error) {
          fault = { error }
          void link.stop()
        }
      })
      try {
        await link.measure(task)
      } finally {
        listeners.delete(owner)
      }
    }
    const fail = (some: readonly TaskUnit[], reason: string) => {
      for (const { id } of some) {
        failed.set(id, reason)
        for (const index of [...lacking.keys()]) settle(index, id)
      }
    }

    const able = units.filter(({ id }) => !failed.has(id))
    for (const { id } of units) if (failed.has(id)) for (const index of [...lacking.keys()]) settle(index, id)
    try {
      await measure(able).catch(async error => {
        if (!(error instanceof WorkerLostError) || stopped.aborted) throw error
        events.note(`${dataset.id}: ${error.message}; the batch is tried again`)
        await measure(able)
      })
    } catch (error) {
      if (stopped.aborted || fault) return
      events.note(`${dataset.id}: ${messageOf(error)}; each method goes on alone`)
      for (const own of Map.groupBy(able, ({ method }) => JSON.stringify([method.id, method.options])).values()) {
        if (stopped.aborted || fault) return
        try {
          await measure(own)
        } catch (cause) {
          const reason = messageOf(cause)
          events.note(`${own[0]?.method.id} on ${dataset.id}: ${reason}`)
          fail(own, reason)
        }
      }
    }
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
