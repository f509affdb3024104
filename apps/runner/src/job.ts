import { type Backend, EngineUnavailableError, openBackend } from '@vitrine/backends'
import { type Dataset, openDataset } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers'
import { type Protocol, type ProtocolId, protocols } from '@vitrine/metrics'
import { openStore, type Store } from '@vitrine/records'
import { withClassesOf } from './classes.ts'
import { type Engine, openEngine } from './engine.ts'
import { chooseMethods, loadExplainers } from './methods.ts'
import { openModel } from './model.ts'
import {
  describeMethods,
  describePlan,
  type EngineFacts,
  type PlannedUnit,
  type PlanOptions,
  planUnits,
} from './plan.ts'
import { openUnits, type Pending, type SweepOptions, sweep } from './sweep.ts'
import { startTiming, type Timing } from './timing.ts'

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
  /** File of the store. */
  readonly store: string
}

/** A record that was begun, and the method that it is of. */
export interface Begun {
  readonly id: string
  readonly method: string
}

/** What the records of one dataset are and lack. */
export interface Work {
  readonly records: readonly Begun[]
  /** Images of the dataset, and how many of them some record lacks. */
  readonly images: number
  readonly missing: number
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
  /** Measures what the records of a dataset lack, or only those of some methods. */
  sweep(dataset: string, methods?: readonly string[]): Promise<void>
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
  const facts = 'backend' in found ? found.backend : found.facts
  const name = `${facts.id}:${facts.engine}`

  const described = describeMethods(model, methods).map(m => ({ ...m, unsupported: unavailable ?? m.unsupported }))
  const opened = new Map<string, { readonly dataset: Dataset; readonly units: readonly PlannedUnit[] }>()
  async function planned(spec: string) {
    const known = opened.get(spec)
    if (known) return known
    const dataset = withClassesOf(model, await openDataset(spec, { seed }))
    const units = planUnits({ model, dataset, backend: facts }, described, chosen, assignment)
    const plan = { dataset, units }
    opened.set(spec, plan)
    return plan
  }

  let store: Store | undefined
  const openedStore = (): Store => {
    store ??= openStore(assignment.store)
    return store
  }
  const begun = new Map<string, Pending>()
  function open(units: readonly PlannedUnit[]): Pending[] {
    const pending = openUnits(openedStore(), units, slice.indices.length)
    for (const p of pending) begun.set(p.id, p)
    return pending
  }

  let stopped = false
  const options: SweepOptions = { thresholds, seed, slice, onImages: events.images, stopped: () => stopped }
  let timing: Timing | undefined
  return {
    engine: name,
    unavailable,
    threads: facts.threads ?? 1,
    describe: async spec => `${model.id} on ${spec}, ${name}: ${describePlan((await planned(spec)).units, slice)}`,
    async begin(spec) {
      const pending = open((await planned(spec)).units)
      return {
        records: pending.map(({ id, unit }) => ({ id, method: unit.method.key })),
        images: slice.indices.length,
        missing: new Set(pending.flatMap(p => [...p.missing])).size,
        unfinished: pending.some(p => !p.settled),
      }
    },
    async sweep(spec, keys) {
      if (!engine) return
      const { dataset, units } = await planned(spec)
      const wanted = units.filter(({ method }) => keys?.includes(method.key) ?? true)
      try {
        await sweep(engine, dataset, openedStore(), open(wanted), options)
      } catch (error) {
        events.note(`${model.id} on ${spec}, ${name}: ${messageOf(error)}; each method goes on alone`)
        for (const [method, own] of Map.groupBy(wanted, unit => unit.method))
          await sweepAlone(engine, dataset, method, own)
      }
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

  /** So that a method that fails costs its own rows and no others. */
  async function sweepAlone(
    on: Engine,
    dataset: Dataset,
    method: MethodChoice,
    units: readonly PlannedUnit[],
  ): Promise<void> {
    const pending = open(units)
    try {
      await sweep(on, dataset, openedStore(), pending, options)
    } catch (error) {
      events.note(`${method.key}: ${messageOf(error)}`)
      for (const { id } of pending) openedStore().fail(id, messageOf(error))
    }
  }

  function finished(): { id: string; method: string; timed: boolean }[] {
    return openedStore()
      .units({ id: [...begun.keys()], status: 'ok' })
      .map(({ id, timed }) => ({ id, method: begun.get(id)?.unit.method.key ?? '', timed }))
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
