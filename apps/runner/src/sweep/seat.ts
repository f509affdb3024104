import type { ImageRow } from '@vitrine/records'
import { type Transport, type WorkerEvents, type WorkerLink, WorkerLostError, type WorkerSetup } from './task.ts'

/** No worker could be started: no fault of what it was to do. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError'
}

/** A place for one worker, which is started when it is needed, and anew when the last one is gone. */
export interface Seat {
  /** @throws {NoWorkerError} where none can be started */
  worker(): Promise<WorkerLink>
  /** Who is told of the rows that the worker makes. */
  listener: ((rows: readonly ImageRow[]) => void) | undefined
  /** Asks the worker to stop after the image that it measures. */
  stop(): void
  /** Ends the worker without waiting for it. The next one knows nothing of what ran in this one. */
  dismiss(reason: string): void
  close(): Promise<void>
}

/** @param onPasses is told of forward passes */
export function seatFor(transport: Transport, setup: WorkerSetup, onPasses: WorkerEvents['passes']): Seat {
  let link: WorkerLink | undefined

  async function start(): Promise<WorkerLink> {
    const events: WorkerEvents = { rows: rows => seat.listener?.(rows), passes: onPasses }
    try {
      return await transport.start(setup, events).catch((error: unknown) => {
        // What ended one worker while it was opened, such as a want of memory, may have passed.
        if (error instanceof WorkerLostError && !error.silent) return transport.start(setup, events)
        throw error
      })
    } catch (error) {
      throw new NoWorkerError(messageOf(error), { cause: error })
    }
  }

  const seat: Seat = {
    listener: undefined,
    async worker() {
      if (!link || link.lost) link = await start()
      return link
    },
    stop() {
      if (link && !link.lost) link.stop().catch(() => {})
    },
    dismiss(reason) {
      link?.kill(reason)
      link = undefined
    },
    async close() {
      await link?.close()
      link = undefined
    },
  }
  return seat
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
