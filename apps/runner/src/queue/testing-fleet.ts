import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { openDataset } from '@vitrine/datasets'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import type { ImageRow, Store } from '@vitrine/records'
import { environment } from '../sweep/environment.ts'
import { measureModel } from '../sweep/orchestrate.ts'
import type { SweepPlan, SweepResult } from '../sweep/plan.ts'
import { TaskRefusedError, type Transport, WorkerLostError } from '../sweep/task.ts'
import { smallPlan } from '../sweep/testing.ts'
import { connect, readAddress } from './address.ts'
import { type QueueOptions, queuedWorkers } from './transport.ts'
import { type WorkOptions, work } from './work.ts'

// Workers and a coordinator on a real queue, for tests that have no time for real models: rows are made of nothing but their place.

/** What happens to a task: rows, or what a method or a process does instead. */
export type Deed = 'rows' | 'throw' | 'end' | 'refuse'

export interface PlaceWorkers {
  /** Milliseconds that an image takes. */
  readonly pace?: number
  /** What happens to a task of these methods. */
  readonly deed?: (methods: readonly string[], dataset: string) => Deed
  /** Bytes of text in each row. */
  readonly bytes?: number
  /** Of the engine. */
  readonly version?: string
}

/** Workers whose rows say nothing but where they belong, the same whoever makes them. */
export function placeWorkers(given: PlaceWorkers = {}): Transport {
  const { pace = 0, deed = () => 'rows', bytes = 0, version = '1' } = given
  return {
    async start(setup, events) {
      const [id = '', engine = ''] = setup.engine.split(':')
      let lost = false
      return {
        facts: { engine: { id, engine, version, threads: setup.threads }, unavailable: undefined },
        get lost() {
          return lost
        },
        kill() {
          lost = true
        },
        describe: async methods =>
          methods.map(({ id }) => ({ key: id, program: 'p', relativeFlops: 1, unsupported: undefined })),
        async measure({ dataset, units, wanted }) {
          const what = deed([...new Set(units.map(({ method }) => method.id))], dataset.id)
          if (what === 'throw') throw new Error('no idea')
          if (what === 'refuse') throw new TaskRefusedError('pipeline: expected version 2 of its columns, found 1')
          for (const index of wanted) {
            if (pace > 0) await setTimeout(pace)
            if (what === 'end') lost = true
            if (lost) throw new WorkerLostError('the process was ended by SIGKILL')
            events.passes(1)
            events.rows(units.map(unit => placeRow(unit.id, index, bytes)))
          }
        },
        async stop() {},
        async startTiming() {},
        timeRound: async round => ({ forward: 1 + round, methods: { random: 2 + round, 'center-gaussian': 3 } }),
        async endTiming() {},
        async close() {},
      }
    },
  }
}

export function placeRow(unit: string, index: number, bytes = 0): ImageRow {
  const digest = createHash('sha256').update(`${unit} ${index}`).digest()
  return {
    ...{ unit, index, id: `image ${index}`, label: index % 32, predicted: 1, probability: (digest[0] ?? 0) / 256 },
    values: { correct: true, passes: digest.readUInt16LE(1) / 7, explanations: 0, text: 'x'.repeat(bytes) },
    maps: {
      predicted: new Float32Array(Uint8Array.from(digest.subarray(0, 16)).buffer).map(v => (Number.isNaN(v) ? 0 : v)),
    },
  }
}

const options: Pick<WorkOptions, 'host' | 'machine' | 'concurrency' | 'lock' | 'premises' | 'note'> = {
  host: 'a machine of a test',
  machine: environment(),
  concurrency: 1,
  lock: 2,
  premises: { roots: {}, allowCode: false, threads: 1 },
  note() {},
}

export interface TestWorker extends AsyncDisposable {
  readonly said: string[]
}

/** A worker in this process. */
export async function startWorker(url: string, id: string, given: Partial<WorkOptions> = {}): Promise<TestWorker> {
  const address = readAddress(url)
  const said: string[] = []
  const note = (text: string) => void said.push(text)
  const client = await connect(address, note)
  const stop = new AbortController()
  const ended = work(address, client, {
    ...{ ...options, id, note, stopped: stop.signal, transport: placeWorkers() },
    engines: [{ id: 'onnx', engine: 'cpu', version: '1', threads: 2 }],
    ...given,
  })
  return {
    said,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
      client.disconnect()
    },
  }
}

/** A sweep of some images. */
export async function placePlan(images: number, rounds = 0, methods = 'random,center-gaussian'): Promise<SweepPlan> {
  return {
    ...(await smallPlan(methods, [protocols.paper], { images })),
    rounds,
    places: { datasets: { 'icon-scenes': 'icon-scenes' }, modules: {} },
  }
}

/** A coordinator in this process. */
export async function coordinate(
  url: string,
  store: Store,
  plan: SweepPlan,
  given: Partial<QueueOptions> = {},
): Promise<{ readonly result: SweepResult | 'interrupted'; readonly said: readonly string[] }> {
  const address = readAddress(url)
  const said: string[] = []
  const note = (text: string) => void said.push(text)
  const client = await connect(address, note)
  const transport = queuedWorkers(address, client, {
    ...{ sweep: 'test', window: 4, patience: 20, timedOn: [], known: [], local: placeWorkers(), note },
    crew() {},
    ...given,
  })
  try {
    return { result: await sweepOver(transport, store, plan), said }
  } finally {
    await transport.close()
    client.disconnect()
  }
}

/** The same without a queue. */
export async function sweepOver(transport: Transport, store: Store, plan: SweepPlan) {
  const [model, dataset] = [await openModel('icon-vit'), await openDataset('icon-scenes')]
  return measureModel(transport, store, model, [dataset], plan, true)
}

/** Everything that a store holds of what was measured. */
export const contentsOf = (store: Store) =>
  store
    .units()
    .map(({ id, status, reason, timed, header }) => ({
      ...{ id, status, reason, timed, header },
      images: store.images(id),
      maps: [...store.maps(id, 'predicted')].sort(([a], [b]) => a - b),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
