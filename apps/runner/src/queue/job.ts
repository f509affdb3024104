import { basename, isAbsolute } from 'node:path'
import { type Job, UnrecoverableError } from 'bullmq'
import type { Redis } from 'ioredis'
import { messageOf } from '../sweep/seat.ts'
import { type LocalPlaces, TaskRefusedError, WorkerLostError, type WorkerSetup } from '../sweep/task.ts'
import type { Busy } from './fleet.ts'
import type { Links } from './links.ts'
import { LIVES } from './names.ts'
import { getOrder, type JobResult, type Order, readJob } from './order.ts'
import { rowWriter } from './rows.ts'

/** What one machine has, and lets others do on it. */
export interface Premises {
  /** Where datasets are, by their ids: a path, or a spec with its kind. */
  readonly roots: Readonly<Record<string, string>>
  /** Whether methods, metrics and kinds of datasets that are not bundled may run here. */
  readonly allowCode: boolean
  /** Threads of each process. */
  readonly threads: number
}

/** What does tasks on one machine. */
export interface Workshop {
  readonly id: string
  readonly client: Redis
  readonly premises: Premises
  readonly links: Links
  readonly busy: Set<Busy>
  /** So many images are done. */
  images(count: number): void
}

/**
 * Does one task: opens what it is of, measures, and writes the rows.
 *
 * @throws {TaskRefusedError} where this worker cannot do it and another may
 * @throws {UnrecoverableError} where nobody can: the method throws or goes silent, the task is none, or it ended three workers
 */
export async function doJob(shop: Workshop, job: Job, token: string): Promise<JobResult> {
  // Processes that a task ended, and workers that went away with it.
  const ended = job.attemptsMade + job.stalledCounter
  if (ended >= LIVES)
    throw new UnrecoverableError(`ended ${ended} workers: ${job.failedReason ?? 'the last one is gone'}`)
  const [data, order] = await unlessPoison(async () => {
    const data = readJob(job.data)
    return [data, await getOrder(shop.client, data.order)] as const
  })
  const { task, engine } = order
  const setup = setupFor(order, shop.premises)
  const name = `${engine.id}:${engine.engine}`
  const busy: Busy = { task: job.id ?? '', engine: name, model: setup.model.spec, dataset: task.dataset.id }
  const writer = rowWriter(shop.client, job.id ?? '', token)
  let passes = 0
  shop.busy.add(busy)
  try {
    const link = await shop.links.take(setup).catch(refuseUnlessLost)
    let fate: 'keep' | 'end' = 'end'
    try {
      expectEngine(order, link.worker.facts)
      link.heard.by = {
        rows(rows) {
          writer.push(rows)
          shop.images(new Set(rows.map(({ index }) => index)).size)
        },
        passes(count) {
          passes += count
        },
      }
      await link.worker.measure({ ...task, positions: data.positions, wanted: data.wanted }).catch(unlessNoWorkerCan)
      // A method of a user's own may leave something behind that ends the process later.
      if (!hasForeign(order)) fate = 'keep'
    } finally {
      shop.links.giveBack(link, fate)
    }
    return { place: writer.place, chunks: await writer.done(), passes, worker: shop.id }
  } finally {
    shop.busy.delete(busy)
  }
}

/** What nobody can read is tried by nobody else. */
async function unlessPoison<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new UnrecoverableError(messageOf(error))
  }
}

/** A model or an engine that cannot be opened here may be had elsewhere. */
function refuseUnlessLost(error: unknown): never {
  throw error instanceof WorkerLostError ? error : new TaskRefusedError(messageOf(error))
}

/** A method that throws, or goes silent, would do so anywhere; a process that was ended may have been so by another program. */
function unlessNoWorkerCan(error: unknown): never {
  const isWorker = error instanceof TaskRefusedError || (error instanceof WorkerLostError && !error.silent)
  throw isWorker ? error : new UnrecoverableError(messageOf(error))
}

const hasForeign = ({ setup: { plugins }, task }: Order): boolean =>
  task.units.some(({ method }) => method.source !== undefined) ||
  (plugins !== undefined && plugins.metrics.length + plugins.readers.length > 0)

/** How this machine opens what an order is of. */
export function setupFor(order: Order, { roots, allowCode, threads }: Premises): WorkerSetup {
  if (hasForeign(order) && !allowCode)
    throw new TaskRefusedError('a method, metric or kind of dataset of its own: expected a worker with --allow-code')
  const { setup, engine, task, kind } = order
  const places: LocalPlaces = { datasets: { [task.dataset.id]: placeOf(task.dataset.id, kind, roots) }, modules: {} }
  const model = { ...setup.model, spec: modelHere(setup.model.spec, roots) }
  return { ...setup, model, engine: `${engine.id}:${engine.engine}`, threads, places }
}

/** A model in a file is where `--roots` says, by the name of the file, or else where it is on the coordinator: several machines may share a disk. */
function modelHere(spec: string, roots: Premises['roots']): string {
  const [, path = spec, options = ''] = /^(.*?)(\[[^\]]*\])?$/s.exec(spec) ?? []
  const name = isAbsolute(path) ? basename(path) : ''
  return Object.hasOwn(roots, name) ? `${roots[name]}${options}` : spec
}

function placeOf(id: string, kind: string | null, roots: Premises['roots']): string {
  if (kind === null) return id
  const root = Object.hasOwn(roots, id) ? roots[id] : undefined
  if (root === undefined) throw new TaskRefusedError(`the dataset ${id}: expected a worker with --roots ${id}=PATH`)
  const [before = '', ...options] = kind.split('?')
  return root.startsWith(`${before}:`) ? root : [`${before}:${root}`, ...options].join('?')
}

function expectEngine(
  { engine }: Order,
  { engine: found, unavailable }: { engine: Order['engine']; unavailable?: string | undefined },
) {
  if (unavailable !== undefined) throw new TaskRefusedError(unavailable)
  if (found.version !== engine.version)
    throw new TaskRefusedError(
      `${engine.id}:${engine.engine}: expected the version ${engine.version}, found ${found.version}`,
    )
}
