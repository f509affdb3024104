import type { EngineFacts } from '@vitrine/measure'
import { canonicalJson, hashText } from '@vitrine/records'
import type { Redis } from 'ioredis'
import { messageOf } from '../sweep/seat.ts'
import type { Task, Transport, WorkerEvents, WorkerFacts, WorkerLink, WorkerSetup } from '../sweep/task.ts'
import { WorkerLostError } from '../sweep/task.ts'
import { type QueueAddress, QueueError } from './address.ts'
import { type CrewMember, watchCrew } from './crew.ts'
import { type Machine, machineName, sameMachine, type WorkerNews, workersOf } from './fleet.ts'
import { type Lane, openLane } from './lane.ts'
import { type JobData, type Order, putOrder } from './order.ts'
import { readRows } from './rows.ts'
import { type Caller, callWorker } from './timing.ts'

export interface QueueOptions {
  /** What tells this sweep's tasks from those of others. */
  readonly sweep: string
  /** The most tasks of an engine that are on the queue at once, with their rows. */
  readonly window: number
  /** Seconds that a call for timing may take. */
  readonly patience: number
  /** Machines that have timed methods of these records, the latest first: further timings are to be of the same. */
  readonly timedOn: readonly Machine[]
  /** Workers of this machine, which only say what methods are on a model. */
  readonly local: Transport
  readonly note: (text: string) => void
  /** Told every so often who is there and how fast. */
  readonly crew: (members: readonly CrewMember[]) => void
}

/** Seconds between two reports of who is there. */
const REPORT = 30

/** Workers on a queue. */
export interface QueueTransport extends Transport {
  /** Takes what was not begun off the queue; what is being measured goes on, for a later run to find. */
  close(): Promise<void>
}

/** A worker that serves an engine: what the engine is there, and which machine is to time it. */
interface Served {
  readonly engine: EngineFacts
  readonly machine: Machine
}

/** How often a task whose rows do not arrive whole is put on the queue again. */
const TRIES = 3

/** Seconds between two looks at who is there. */
const LOOK = 1

/** Workers that take their tasks from a queue, on any number of machines. */
export function queuedWorkers(address: QueueAddress, client: Redis, options: QueueOptions): QueueTransport {
  const { note } = options
  const lanes = new Map<string, Promise<Lane>>()
  const served = new Map<string, Promise<Served>>()
  const gone = new AbortController()
  const texts = new Map<string, Promise<string>>()
  const endWatch = watchCrew(client, { note, crew: options.crew, every: REPORT })

  const laneOf = (engine: string): Promise<Lane> => {
    const found = lanes.get(engine) ?? openLane(address, engine, { ...options, gone: gone.signal })
    lanes.set(engine, found)
    return found
  }

  const servedBy = (spec: string): Promise<Served> => {
    const found = served.get(spec) ?? waitFor(spec)
    served.set(spec, found)
    return found
  }

  /** Waits for the first worker of an engine. One on a machine that has timed methods of these records goes before others. */
  async function waitFor(spec: string): Promise<Served> {
    for (let told = false; ; ) {
      if (gone.signal.aborted) throw new QueueError(`${spec}: given up before a worker came`)
      const able = (await workersOf(client)).flatMap(worker =>
        worker.engines.filter(engine => isAsked(spec, engine)).map(engine => ({ engine, machine: worker.machine })),
      )
      const names = [...new Set(able.map(({ engine }) => `${engine.id}:${engine.engine}`))]
      if (names.length > 1)
        throw new QueueError(`--backends ${spec}: expected one engine, workers serve ${names.join(' and ')}: name one`)
      const known = options.timedOn.flatMap(machine => able.filter(one => sameMachine(one.machine, machine)))
      const chosen = known[0] ?? able[0]
      if (chosen) return chosen
      if (!told) note(`Waiting for a worker of ${spec} on ${address.shown}: vitrine work --queue … starts one.`)
      told = true
      await new Promise(resolve => setTimeout(resolve, LOOK * 1000))
    }
  }

  /** Who is to time methods: a worker on a machine of the kind that the records name. */
  async function timer({ engine, machine }: Served): Promise<WorkerNews> {
    const able = (await workersOf(client)).filter(
      worker => sameMachine(worker.machine, machine) && worker.engines.some(own => sameEngine(own, engine)),
    )
    // Best one that has its machine to itself.
    const alone = able.find(one => able.filter(other => other.host === one.host).length === 1)
    const chosen = able.find(({ timing }) => timing) ?? alone ?? able[0]
    if (!chosen) throw new QueueError(`expected a worker on ${machineName(machine)} to time methods, found none`)
    return chosen
  }

  async function callTo(found: Served, setup: WorkerSetup): Promise<Caller> {
    const { id } = await timer(found)
    return callWorker(address, { id, engine: found.engine }, setup, {
      session: options.sweep,
      patience: options.patience,
      isThere: async () => (await workersOf(client)).some(worker => worker.id === id),
    })
  }

  function orderOf(setup: WorkerSetup, engine: EngineFacts, { positions: _, wanted: __, ...task }: Task): string {
    const { model, batch, plugins, places } = setup
    const spec = places.datasets[task.dataset.id]
    // A bundled dataset is its own spec. Of one in files, the path is this machine's business; its kind and its split are not.
    const kind = spec === undefined || !spec.includes(':') ? null : spec.replace(/:.*?(?=\?split=|$)/s, '')
    const order: Order = {
      setup: { model, batch, plugins },
      engine: { id: engine.id, engine: engine.engine, version: engine.version },
      ...{ task, kind },
    }
    return canonicalJson(order)
  }

  async function orderHash(text: string): Promise<string> {
    const hash = hashText(text)
    const found = texts.get(hash) ?? putOrder(client, text)
    texts.set(hash, found)
    return found
  }

  /** Puts a task on the queue, waits for it, and hands its rows over. */
  async function measure(setup: WorkerSetup, engine: EngineFacts, task: Task, events: WorkerEvents, over: AbortSignal) {
    const lane = await laneOf(`${engine.id}:${engine.engine}`)
    const text = orderOf(setup, engine, task)
    const units = new Set(task.units.map(({ id }) => id))
    const lacking = new Set(task.wanted)
    let problem = ''
    for (let tries = 0; tries < TRIES; tries++) {
      const order = await orderHash(text)
      const { positions, wanted } = task
      const data: JobData = { order, sweep: options.sweep, positions, wanted }
      // Not by what is wanted: a task that was measured before rows of it were stored is found again.
      const id = `${options.sweep}-${hashText(canonicalJson({ order, positions })).slice(0, 32)}`
      const outcome = await lane.done(id, data, over)
      if (outcome.state === 'given up') return
      if (outcome.state === 'failed') {
        // A task of several methods is divided by whoever hears of its failure; what stays parked is a task of one.
        if (new Set(task.units.map(({ method }) => canonicalJson([method.id, method.options]))).size > 1)
          await lane.forget(id)
        throw new WorkerLostError(outcome.reason, { silent: true })
      }
      try {
        const { place, chunks, passes } = outcome.result
        for await (const rows of readRows(client, place, chunks)) {
          const own = rows.filter(({ unit, index }) => units.has(unit) && positions.some(at => at.index === index))
          events.rows(own)
          for (const { index } of own) lacking.delete(index)
        }
        events.passes(passes)
        await client.del(place)
        if (lacking.size === 0) {
          await lane.forget(id)
          return
        }
        problem = `expected rows of ${task.wanted.length} images, ${lacking.size} are missing`
      } catch (error) {
        problem = messageOf(error)
      }
      note(`The rows of a task did not arrive whole: ${problem}; it is measured again.`)
      await lane.forget(id)
    }
    throw new Error(`a task was measured ${TRIES} times, and its rows did not arrive whole: ${problem}`)
  }

  return {
    tasks: options.window,
    giveUp: () => gone.abort(),

    async start(setup, events) {
      const found = await servedBy(setup.engine)
      const facts: WorkerFacts = { engine: found.engine, machine: found.machine, unavailable: undefined }
      const over = new AbortController()
      let lost = false
      let caller: Caller | undefined
      async function hangUp(): Promise<void> {
        const before = caller
        caller = undefined
        await before?.close()
      }
      /** Calls the one worker that times methods. Where that fails, the next worker of this seat calls anew. */
      async function calling<T>(work: (caller: Caller) => Promise<T>): Promise<T> {
        try {
          caller ??= await callTo(found, setup)
          return await work(caller)
        } catch (error) {
          lost = true
          await hangUp().catch(() => {})
          throw error
        }
      }
      return {
        facts,
        get lost() {
          return lost
        },
        kill() {
          lost = true
          over.abort()
          hangUp().catch(() => {})
        },
        /** Builds programs and runs nothing, with the code whose versions the records name: a matter of this machine. */
        async describe(methods) {
          const worker = await options.local.start({ ...setup, threads: 1 }, { rows() {}, passes() {} })
          try {
            return await worker.describe(methods)
          } finally {
            worker.kill('is not needed any more')
          }
        },
        measure: task => measure(setup, found.engine, task, events, over.signal),
        async stop() {
          over.abort()
        },
        startTiming: methods => calling(caller => caller.startTiming(methods)),
        timeRound: round => calling(caller => caller.timeRound(round)),
        async endTiming() {
          await caller?.endTiming()
        },
        close: hangUp,
      } satisfies WorkerLink
    },

    async close() {
      endWatch()
      gone.abort()
      for (const lane of lanes.values()) await (await lane).close()
    },
  }
}

const isAsked = (spec: string, { id, engine }: EngineFacts): boolean => spec === id || spec === `${id}:${engine}`

const sameEngine = (a: EngineFacts, b: EngineFacts): boolean =>
  a.id === b.id && a.engine === b.engine && a.version === b.version
