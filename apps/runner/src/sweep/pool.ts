import { capabilitiesOf } from '@vitrine/backends/core'
import type { MethodFacts } from '@vitrine/measure'
import type { ImageRow } from '@vitrine/records'
import { type Batch, measureBatch, type Sweep, type SweepChoices } from './measure-batch.ts'
import { messageOf, NoWorkerError, type Seat, seatFor } from './seat.ts'
import type { MethodRef, Transport, WorkerFacts, WorkerLink, WorkerSetup } from './task.ts'

/** What a pool tells while it works. */
export interface PoolEvents {
  /** Rows that were made. What it throws ends the sweep. */
  rows(rows: readonly ImageRow[]): void
  /** So many more images are measured for all of their records. */
  images(count: number): void
  /** So many more forward passes were run. */
  passes(count: number): void
  /** Something went wrong. */
  note(text: string): void
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
   * Measures batches with several workers, which take them from one queue. Where a worker cannot be started, the others go on with its batches.
   *
   * @returns records that cannot be measured
   */
  sweep(batches: readonly Batch[], choices: SweepChoices, stopped: AbortSignal): Promise<Failed[]>
  /** Batches that are being measured. */
  readonly inFlight: number
  /** The worker with all threads, for timing. It is started again if it was lost. */
  main(): Promise<WorkerLink>
  /** Ends that worker, so that the next one knows nothing of what ran in it. */
  dismissMain(reason: string): void
  close(): Promise<void>
}

export interface PoolOptions {
  /** How many workers may share the threads of an engine whose work can be shared out. */
  readonly processes: number
}

/** @throws {NoWorkerError} where the first worker cannot be started */
export async function openPool(
  transport: Transport,
  setup: WorkerSetup,
  events: PoolEvents,
  { processes }: PoolOptions,
): Promise<Pool> {
  const first = seatFor(transport, setup, events.passes)
  const seats = new Set<Seat>([first])
  let inFlight = 0
  const { facts } = await first.worker()

  async function describeEach(methods: readonly MethodRef[]): Promise<Described[]> {
    const found: Described[] = []
    for (const method of methods) {
      try {
        const [one] = await (await first.worker()).describe([method])
        if (!one) throw new Error('the worker did not describe it')
        found.push({ facts: one })
        // A method of one's own may leave something behind that ends the worker later.
        if (method.source) first.dismiss('was ended after a method that is not bundled')
      } catch (error) {
        first.dismiss('was ended after it failed')
        events.note(`${method.id}: ${messageOf(error)}`)
        found.push({ reason: messageOf(error) })
      }
    }
    return found
  }

  /** How many workers share the sweep of so many batches, each with its part of the threads. */
  function workersFor(batches: number): number {
    if (transport.tasks !== undefined) return Math.max(1, Math.min(transport.tasks, batches))
    const { id, engine, threads } = facts.engine
    const divisible = threads === 1 || capabilitiesOf(`${id}:${engine}`).divisible
    return divisible ? Math.max(1, Math.min(processes, setup.threads, batches)) : 1
  }

  return {
    facts,
    get inFlight() {
      return inFlight
    },
    main: () => first.worker(),
    dismissMain: reason => first.dismiss(reason),

    async describe(methods) {
      try {
        const found = await (await first.worker()).describe(methods)
        return found.map(one => ({ facts: one }))
      } catch (error) {
        first.dismiss('was ended after it failed')
        if (methods.length > 1) events.note(`${messageOf(error)}; each method is described alone`)
        return describeEach(methods)
      }
    },

    async sweep(batches, choices, stopped) {
      const waiting = [...batches]
      const count = workersFor(waiting.length)
      const threads = Math.max(1, Math.floor(setup.threads / count))
      /** What went wrong with storing rows: no worker's fault, and the end of the sweep. */
      let fault: { readonly error: unknown } | undefined
      /** Why workers could not be started. */
      let reason = ''
      const stop = () => {
        for (const seat of seats) seat.stop()
      }
      const sweep: Sweep = {
        ...choices,
        failed: new Map(),
        over: () => stopped.aborted || fault !== undefined,
        images: events.images,
        note: events.note,
        rows(rows) {
          try {
            events.rows(rows)
          } catch (error) {
            fault = { error }
            stop()
          }
        },
      }

      async function work(seat: Seat): Promise<void> {
        for (let batch = waiting.shift(); batch && !sweep.over(); batch = waiting.shift()) {
          inFlight++
          try {
            await measureBatch(seat, batch, sweep)
          } catch (error) {
            if (!(error instanceof NoWorkerError)) throw error
            waiting.unshift(batch)
            reason = error.message
            events.note(`a worker could not be started: ${reason}`)
            return
          } finally {
            inFlight--
          }
        }
      }

      stopped.addEventListener('abort', stop)
      try {
        const whole = count === 1 || threads === (facts.engine.threads ?? 1)
        const workplaces = Array.from({ length: count }, (_, i) =>
          i === 0 && whole ? first : seatFor(transport, { ...setup, threads }, events.passes),
        )
        await Promise.all(
          workplaces.map(async seat => {
            seats.add(seat)
            await work(seat)
            if (seat === first) return
            seats.delete(seat)
            await seat.close()
          }),
        )
        // Batches that were given back after the other workers had ended.
        if (waiting.length > 0 && !sweep.over()) await work(first)
      } finally {
        stopped.removeEventListener('abort', stop)
      }
      if (fault) throw fault.error
      if (!stopped.aborted) for (const { units } of waiting) for (const { id } of units) sweep.failed.set(id, reason)
      return [...sweep.failed].map(([id, reason]) => ({ id, reason }))
    },

    async close() {
      await Promise.all([...seats].map(seat => seat.close()))
    },
  }
}
