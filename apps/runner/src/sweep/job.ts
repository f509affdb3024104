import { type Backend, EngineUnavailableError, openBackend } from '@vitrine/backends'
import { type Dataset, openDataset } from '@vitrine/datasets'
import {
  describeMethods,
  describePlan,
  type EngineFacts,
  openEngine,
  type PlannedUnit,
  type PlanOptions,
  planUnits,
  startTiming,
  type Timing,
} from '@vitrine/measure'
import { type Protocol, type ProtocolId, protocols } from '@vitrine/metrics'
import { openStore, type Store } from '@vitrine/records'
import { withClassesOf } from '../open/classes.ts'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { openModel } from '../open/model.ts'
import { finish, missingOf, openUnits, type Pending, type SweepOptions, sweep } from './sweep.ts'

/** What to measure of one model on one backend: plain data, so that it can be handed to another process. */
export interface Assignment extends PlanOptions {
  /** As `openModel` takes it. */
  readonly model: string
  /** As `openBackend` takes it. */
  readonly backend: string
  /** As `chooseMethods` takes it. */
  readonly methods: string
  /** Files of methods that are not bundled. */
  readonly explainer: readonly string[]
  readonly protocols: readonly ProtocolId[]
  readonly threads: number
  /** At most so many processes share the threads in a sweep. */
  readonly processes: number
  /** Threads that its records name, where they are timed by another process than this one. */
  readonly timedThreads?: number
  /** File of the store. */
  readonly store: string
}

/** A record that was begun, and the method that it is of. */
export interface Begun {
  readonly id: string
  readonly method: string
}

/** A record that cannot be measured, and why. */
export interface Failed extends Begun {
  readonly reason: string
}

/** What the records of one dataset are and lack. */
export interface Work {
  readonly records: readonly Begun[]
  /** Images of the dataset, and the positions of those that some record lacks. */
  readonly images: number
  readonly missing: readonly number[]
  /** Whether a record is still to be measured or summed up. */
  readonly unfinished: boolean
}

/** One model on one backend, over any number of datasets, each named as `openDataset` takes it. */
export interface Job {
  /** As it is asked for: `tfjs:wasm`. */
  readonly engine: string
  /** Why nothing can be run: the engine cannot be had. Its records say so. */
  readonly unavailable: string | undefined
  /** How many threads its engine uses. */
  readonly threads: number
  /** What a sweep over a dataset would cost, in words. */
  describe(dataset: string): Promise<string>
  /** Opens the records of a dataset in the store. */
  begin(dataset: string): Promise<Work>
  /**
   * Measures what the records of some methods lack at some positions of a dataset. A method that fails costs its own rows and no others;
   * answers with its records.
   */
  sweep(dataset: string, methods: readonly string[], positions: readonly number[]): Promise<readonly Failed[]>
  /** Sums up the records of some methods, of which every image is stored. */
  finish(dataset: string, methods: readonly string[]): Promise<readonly Failed[]>
  /** Methods of which a finished record has no timing. */
  untimed(): Promise<readonly string[]>
  /** Prepares the timing of methods; false where no record of them is finished. */
  startTiming(methods: readonly string[]): Promise<boolean>
  /** Times every method once. */
  timeRound(round: number): Promise<void>
  /** Stores what was timed, in the same rounds as other engines. */
  saveTiming(others: readonly string[]): Promise<void>
  /** Ends a sweep after the batch in flight. */
  stop(): void
  close(): Promise<void>
}

/** What a job tells while it works. */
export interface JobEvents {
  /** So many more images are stored. */
  images(count: number): void
  /** So many more forward passes were run. */
  passes(count: number): void
  note(text: string): void
}

export async function openJob(assignment: Assignment, events: JobEvents): Promise<Job> {
  const { batch, seed, slice, thresholds } = assignment
  const model = await openModel(assignment.model)
  const methods = chooseMethods(assignment.methods, await loadExplainers(assignment.explainer))
  const chosen = assignment.protocols.map((id): Protocol => protocols[id])
  const found = await engineOf(assignment)
  const engine = 'backend' in found ? openEngine(found.backend, model, batch, events.passes) : undefined
  const unavailable = 'backend' in found ? undefined : found.reason
  const facts: EngineFacts = 'backend' in found ? found.backend : found.facts
  const name = `${facts.id}:${facts.engine}`

  const described = describeMethods(model, methods).map(m => ({ ...m, unsupported: unavailable ?? m.unsupported }))
  const opened = new Map<string, { readonly dataset: Dataset; readonly units: readonly PlannedUnit[] }>()
  async function planned(spec: string) {
    const known = opened.get(spec)
    if (known) return known
    const dataset = withClassesOf(model, await openDataset(spec, { seed }))
    const backend = { ...facts, threads: assignment.timedThreads ?? facts.threads }
    const units = planUnits({ model, dataset, backend }, described, chosen, assignment)
    const plan = { dataset, units }
    opened.set(spec, plan)
    return plan
  }

  let store: Store | undefined
  const openedStore = (): Store => {
    store ??= openStore(assignment.store)
    return store
  }
  const begun = new Map<string, readonly Pending[]>()
  async function begin(spec: string): Promise<readonly Pending[]> {
    const pending = openUnits(openedStore(), (await planned(spec)).units, slice.indices.length)
    begun.set(spec, pending)
    return pending
  }
  const ofMethods = async (spec: string, keys: readonly string[]) =>
    (begun.get(spec) ?? (await begin(spec))).filter(({ unit }) => keys.includes(unit.method.key))

  let stopped = false
  const options: SweepOptions = { thresholds, seed, slice, onImages: events.images, stopped: () => stopped }
  let timing: Timing | undefined
  return {
    engine: name,
    unavailable,
    threads: facts.threads ?? 1,
    describe: async spec => `${model.id} on ${spec}, ${name}: ${describePlan((await planned(spec)).units, slice)}`,
    async begin(spec) {
      const pending = await begin(spec)
      return {
        records: pending.map(recordOf),
        images: slice.indices.length,
        missing: missingOf(pending),
        unfinished: pending.some(p => !p.settled),
      }
    },
    async sweep(spec, keys, positions) {
      if (!engine) return []
      const { dataset } = await planned(spec)
      const pending = await ofMethods(spec, keys)
      const measure = (some: readonly Pending[]) => sweep(engine, dataset, openedStore(), some, positions, options)
      const failed: Failed[] = []
      try {
        await measure(pending)
      } catch (error) {
        events.note(`${model.id} on ${spec}, ${name}: ${messageOf(error)}; each method goes on alone`)
        for (const [method, own] of Map.groupBy(pending, ({ unit }) => unit.method)) {
          try {
            await measure(own)
          } catch (cause) {
            events.note(`${method.key}: ${messageOf(cause)}`)
            failed.push(...own.map(p => ({ ...recordOf(p), reason: messageOf(cause) })))
          }
        }
      }
      return failed
    },
    async finish(spec, keys) {
      const failed: Failed[] = []
      for (const pending of await ofMethods(spec, keys)) {
        try {
          if (!pending.settled) finish(openedStore(), pending, thresholds)
        } catch (error) {
          failed.push({ ...recordOf(pending), reason: messageOf(error) })
        }
      }
      return failed
    },
    untimed: async () => [...new Set(finished().flatMap(({ timed, method }) => (timed ? [] : [method])))],
    async startTiming(keys) {
      const measured = finished().map(({ method }) => method)
      const wanted = methods.filter(({ key }) => keys.includes(key) && measured.includes(key))
      timing = engine && (await startTiming(engine, wanted))
      return timing !== undefined
    },
    timeRound: async round => timing?.round(round),
    async saveTiming(others) {
      if (!timing || !engine) return
      const { forward, methods: samples } = timing.samples
      const { threads } = engine.backend
      for (const { id, method } of finished()) {
        const own = samples.get(method)
        if (own)
          openedStore().saveTiming(id, {
            unit: 'ms',
            batch,
            threads,
            alongside: [...others],
            forward: [...forward],
            method: [...own],
          })
      }
      await timing.dispose()
      timing = undefined
    },
    stop() {
      stopped = true
    },
    async close() {
      await engine?.dispose()
      await engine?.backend.dispose()
      store?.close()
    },
  }

  function finished(): { id: string; method: string; timed: boolean }[] {
    const methodOf = new Map([...begun.values()].flat().map(({ id, unit }) => [id, unit.method.key]))
    return openedStore()
      .units({ id: [...methodOf.keys()], status: 'ok' })
      .map(({ id, timed }) => ({ id, method: methodOf.get(id) ?? '', timed }))
  }
}

type FoundEngine = { readonly backend: Backend } | { readonly reason: string; readonly facts: EngineFacts }

async function engineOf({ backend, threads }: Assignment): Promise<FoundEngine> {
  try {
    return { backend: await openBackend(backend, { threads }) }
  } catch (error) {
    if (!(error instanceof EngineUnavailableError)) throw error
    const [id = '', engine = ''] = error.engine.split(':', 2)
    return { reason: error.message, facts: { id, engine, version: 'none', threads: null } }
  }
}

const recordOf = ({ id, unit }: Pending): Begun => ({ id, method: unit.method.key })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
