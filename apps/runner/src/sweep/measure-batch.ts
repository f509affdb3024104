import type { ColumnGroup, Position } from '@vitrine/measure'
import type { ImageRow } from '@vitrine/records'
import { messageOf, NoWorkerError, type Seat } from './seat.ts'
import { type DatasetRef, type TaskUnit, WorkerLostError } from './task.ts'

/** Images of a dataset that are run together, and what is to be measured of them. */
export interface Batch {
  readonly dataset: DatasetRef
  readonly units: readonly TaskUnit[]
  readonly groups: readonly ColumnGroup[]
  /** All images of the batch. */
  readonly positions: readonly Position[]
  /** Positions in the slice of the images that some record lacks. */
  readonly missing: readonly number[]
}

/** What all batches of a sweep have in common. */
export interface SweepChoices {
  readonly thresholds: readonly number[]
  readonly seed: number
}

/** What the batches of one sweep share while they are measured. */
export interface Sweep extends SweepChoices {
  /** Why records cannot be measured, by their ids. */
  readonly failed: Map<string, string>
  /** Whether to begin nothing more: the user stopped the sweep, or rows could not be stored. */
  readonly over: () => boolean
  /** Takes rows. */
  readonly rows: (rows: readonly ImageRow[]) => void
  /** So many more images are measured for all of their records. */
  readonly images: (count: number) => void
  readonly note: (text: string) => void
}

/**
 * Measures a batch. One that loses its worker is tried again, as another program may have ended it; not one whose worker went silent. What goes wrong after that is the fault of
 * a method: the bundled methods go on together and each other one alone, in a worker of its own; where they fail too, each of them alone. A
 * method that fails alone costs its own records.
 *
 * @throws {NoWorkerError} where no worker can be started
 */
export async function measureBatch(seat: Seat, batch: Batch, sweep: Sweep): Promise<void> {
  const { dataset, groups, positions } = batch
  const { thresholds, seed, failed, over, note } = sweep
  // By position, the records that still lack the image.
  const lacking = new Map(batch.missing.map(index => [index, new Set(batch.units.map(({ id }) => id))]))
  const settle = (index: number, id: string) => {
    const records = lacking.get(index)
    if (records?.delete(id) && records.size === 0) {
      lacking.delete(index)
      sweep.images(1)
    }
  }
  const giveUp = (id: string) => {
    for (const index of [...lacking.keys()]) settle(index, id)
  }

  async function measure(units: readonly TaskUnit[]): Promise<void> {
    const wanted = [...lacking].flatMap(([index, ids]) => (units.some(({ id }) => ids.has(id)) ? [index] : []))
    if (wanted.length === 0) return
    const worker = await seat.worker()
    if (over()) return
    seat.listener = rows => {
      if (over()) return
      sweep.rows(rows)
      if (!over()) for (const { index, unit } of rows) settle(index, unit)
    }
    try {
      await worker.measure({ dataset, units, groups, positions, wanted, thresholds, seed })
    } finally {
      seat.listener = undefined
    }
  }

  /** Measures some records of the batch. @returns why that cannot be done */
  async function attempt(units: readonly TaskUnit[]): Promise<string | undefined> {
    try {
      await measure(units)
      return undefined
    } catch (error) {
      if (error instanceof NoWorkerError) throw error
      if (over()) return undefined
      const reason = messageOf(error)
      seat.dismiss(`was ended after it failed: ${reason}`)
      return reason
    }
  }

  async function apart(parts: readonly (readonly TaskUnit[])[]): Promise<void> {
    for (const part of parts) {
      if (over()) return
      const reason = await attempt(part)
      // A method of one's own may leave something behind that ends the worker later.
      if (part.some(isForeign)) seat.dismiss('was ended after a method that is not bundled')
      if (reason === undefined) continue
      const methods = byMethod(part)
      note(`${methods.map(([own]) => own?.method.id).join(', ')} on ${dataset.id}: ${reason}`)
      if (methods.length > 1) await apart(methods)
      else
        for (const { id } of part) {
          failed.set(id, reason)
          giveUp(id)
        }
    }
  }

  for (const { id } of batch.units) if (failed.has(id)) giveUp(id)
  const units = batch.units.filter(({ id }) => !failed.has(id))
  try {
    await measure(units).catch(error => {
      if (!(error instanceof WorkerLostError) || error.silent || over()) throw error
      note(`${dataset.id}: ${error.message}; the batch is tried again`)
      return measure(units)
    })
  } catch (error) {
    if (error instanceof NoWorkerError) throw error
    if (over()) return
    seat.dismiss('was ended after it failed')
    const own = byMethod(units)
    const parts = [units.filter(unit => !isForeign(unit)), ...own.filter(part => part.some(isForeign))]
    const mixed = parts.length > 1 && parts.every(part => part.length > 0)
    note(`${dataset.id}: ${messageOf(error)}; ${mixed ? 'each method of your own' : 'each method'} goes on alone`)
    await apart(mixed ? parts : own)
  }
}

const isForeign = ({ method }: TaskUnit): boolean => method.source !== undefined

const byMethod = (units: readonly TaskUnit[]): (readonly TaskUnit[])[] => [
  ...Map.groupBy(units, ({ method }) => JSON.stringify([method.id, method.options])).values(),
]
