import type { EngineFacts } from '@vitrine/measure'
import { canonicalJson, hashText } from '@vitrine/records'
import type { Redis } from 'ioredis'
import { type Machine, machineName, sameMachine } from '../sweep/environment.ts'
import { nameOf } from '../sweep/plan.ts'
import { messageOf } from '../sweep/seat.ts'
import type { MethodRef, Task, Transport, WorkerEvents, WorkerFacts, WorkerLink, WorkerSetup } from '../sweep/task.ts'
import { WorkerLostError } from '../sweep/task.ts'
import { type QueueAddress, QueueError } from './address.ts'
import { type CrewMember, watchCrew } from './crew.ts'
import { type WorkerNews, workersOf } from './fleet.ts'
import { type Lane, openLane } from './lane.ts'
import { type JobData, keepOrder, type Order, orderedSetup, putOrder } from './order.ts'
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
  /** Engines that have measured for these records: numbers of another version are other records. */
  readonly known: readonly EngineName[]
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
/** Seconds to wait for a worker with the version of an engine that has measured before. */
const GRACE = 30

/** Workers that take their tasks from a queue, on any number of machines. */
export function queuedWorkers(address: QueueAddress, client: Redis, options: QueueOptions): QueueTransport {
  const { note } = options
  const lanes = new Map<string, Promise<Lane>>()
  const served = new Map<string, Promise<Served>>()
  const gone = new AbortController()
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

  /**
   * Waits for the first worker of an engine. One with the version that has measured before goes before others, and is waited for a little; so does one on
   * a machine that has timed methods.
   */
  async function waitFor(spec: string): Promise<Served> {
    const begun = performance.now()
    const isExpected = options.known.some(engine => isAsked(spec, engine))
    for (let told = false; ; ) {
      if (gone.signal.aborted) throw new QueueError(`${spec}: given up before a worker came`)
      const able = (await workersOf(client)).flatMap(worker =>
        worker.engines.filter(engine => isAsked(spec, engine)).map(engine => ({ engine, machine: worker.machine })),
      )
      const names = [...new Set(able.map(({ engine }) => nameOf(engine)))]
      if (names.length > 1)
        throw new QueueError(`--backends ${spec}: expected one engine, workers serve ${names.join(' and ')}: name one`)
      const same = able.filter(({ engine }) => options.known.some(known => sameEngine(known, engine)))
      const isLate = !isExpected || performance.now() - begun > GRACE * 1000
      const fitting = same.length > 0 || !isLate ? same : able
      const onKnown = options.timedOn.flatMap(machine => fitting.filter(one => sameMachine(one.machine, machine)))
      const chosen = onKnown[0] ?? fitting[0]
      if (chosen) return chosen
      if (!told) note(`Waiting for a worker of ${spec} on ${address.shown}: vitrine work --queue … starts one.`)
      told = true
      await new Promise(resolve => setTimeout(resolve, LOOK * 1000))
    }
  }

  /** Who can time methods: workers on a machine of the kind that the records name. The best comes first. */
  async function timers({ engine, machine }: Served): Promise<WorkerNews[]> {
    const able = (await workersOf(client)).filter(
      worker => sameMachine(worker.machine, machine) && worker.engines.some(own => sameEngine(own, engine)),
    )
    const alone = ({ host }: WorkerNews) => able.filter(other => other.host === host).length === 1
    // One that has done tasks can do these; one that shares its machine is disturbed.
    const rank = (one: WorkerNews) => (one.tasks > 0 ? 0 : 2) + (alone(one) ? 0 : 1)
    return able.sort((a, b) => rank(a) - rank(b))
  }

  function callTo({ id }: WorkerNews, { engine }: Served, setup: WorkerSetup): Caller {
    return callWorker(address, { id, engine }, orderedSetup(setup), {
      session: options.sweep,
      patience: options.patience,
      isThere: async () => (await workersOf(client)).some(worker => worker.id === id),
    })
  }

  function orderOf(setup: WorkerSetup, engine: EngineFacts, { positions: _, wanted: __, ...task }: Task): string {
    const spec = setup.places.datasets[task.dataset.id]
    // A bundled dataset is its own spec. Of one in files, the path is this machine's business; its kind and its split are not.
    const kind = spec === undefined || !spec.includes(':') ? null : spec.replace(/:.*?(?=\?split=|$)/s, '')
    const order: Order = {
      setup: orderedSetup(setup),
      engine: { id: engine.id, engine: engine.engine, version: engine.version },
      ...{ task, kind },
    }
    return canonicalJson(order)
  }

  /** Puts a task on the queue, waits for it, and hands its rows over. */
  async function measure(setup: WorkerSetup, engine: EngineFacts, task: Task, events: WorkerEvents, over: AbortSignal) {
    const lane = await laneOf(nameOf(engine))
    const text = orderOf(setup, engine, task)
    const units = new Set(task.units.map(({ id }) => id))
    const lacking = new Set(task.wanted)
    let problem = ''
    for (let tries = 0; tries < TRIES; tries++) {
      const order = await putOrder(client, text)
      const { positions, wanted } = task
      const data: JobData = { order, sweep: options.sweep, positions, wanted }
      // Not by what is wanted: a task that was measured before rows of it were stored is found again.
      const id = `${options.sweep}-${hashText(canonicalJson({ order, positions })).slice(0, 32)}`
      const outcome = await lane.done(id, data, over)
      if (outcome.state === 'given up') return
      if (outcome.state === 'failed' && !(await keepOrder(client, order))) {
        // A queue that was started anew without its file has forgotten it.
        problem = outcome.reason
        await lane.forget(id)
        continue
      }
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
      // Which precision an engine works in is asked of it.
      const engine = { ...found.engine, ...(setup.precision === 'double' && { precision: setup.precision }) }
      const facts: WorkerFacts = { engine, machine: found.machine, unavailable: undefined }
      const over = new AbortController()
      let lost = false
      let caller: Caller | undefined
      async function hangUp(): Promise<void> {
        const before = caller
        caller = undefined
        await before?.close()
      }
      async function calling<T>(work: (caller: Caller) => Promise<T>): Promise<T> {
        try {
          if (!caller) throw new QueueError('expected timing to be started, found that it was not')
          return await work(caller)
        } catch (error) {
          lost = true
          await hangUp().catch(() => {})
          throw error
        }
      }
      /** All rounds are of the first worker that can begin. */
      async function startTiming(methods: readonly MethodRef[]): Promise<void> {
        let problem: unknown = new QueueError(
          `expected a worker on ${machineName(found.machine)} to time methods, found none`,
        )
        for (const worker of await timers(found)) {
          lost = false
          caller = callTo(worker, found, setup)
          try {
            return await calling(one => one.startTiming(methods))
          } catch (error) {
            problem = error
          }
        }
        lost = true
        throw problem
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
        startTiming,
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

type EngineName = Pick<EngineFacts, 'id' | 'engine' | 'version'>

const isAsked = (spec: string, engine: EngineName): boolean => spec === engine.id || spec === nameOf(engine)

const sameEngine = (a: EngineName, b: EngineName): boolean =>
  a.id === b.id && a.engine === b.engine && a.version === b.version
