import type { Dataset } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers/run'
import { planUnits } from '@vitrine/measure'
import type { Model } from '@vitrine/models'
import { RecordError, type Store } from '@vitrine/records'
import { type Progress, startProgress } from '../cli/progress.ts'
import { tell } from '../cli/terminal.ts'
import { codeOf, methodRef } from '../open/methods.ts'
import { computeFromMaps } from './from-maps.ts'
import { interruptible } from './interrupt.ts'
import { type EngineSweep, nameOf, type SweepPlan, type SweepResult } from './plan.ts'
import { type Failed, openPool, type Pool, type PoolEvents } from './pool.ts'
import { messageOf } from './seat.ts'
import type { Transport } from './task.ts'
import { timeEngines } from './time-engines.ts'
import { batchesOf, missingOf, type OpenUnit, openUnits } from './units.ts'

/**
 * Measures one model: the sweeps of all engines side by side, each with several workers where its threads can be shared out; then their timing in
 * common rounds, each engine with one worker and all threads. Workers return rows; only this function plans, stores and finishes records.
 */
export async function measureModel(
  transport: Transport,
  store: Store,
  model: Model,
  datasets: readonly Dataset[],
  asked: SweepPlan,
  quiet: boolean,
): Promise<SweepResult | 'interrupted'> {
  const plan = { ...asked, batch: Math.min(asked.batch, model.transformer.maxBatch) }
  let progress: Progress | undefined
  let [passes, measuring] = [0, true]
  // What went wrong is said also where progress is not.
  const note = (text: string) => (progress && !quiet ? progress.note(text) : tell(text))
  const events: PoolEvents = {
    rows: rows => store.saveImages(rows),
    images: count => progress?.advance(count),
    passes(count) {
      if (measuring) passes += count
      progress?.passes(count)
    },
    note,
  }
  const pools: Pool[] = []
  let waitedFor = () => 'once the engines are opened'
  const interruption = interruptible(() => note(`Stopping ${waitedFor()}; once more to stop at once.`))
  const { stopped } = interruption
  stopped.addEventListener('abort', () => transport.giveUp?.(), { once: true })
  try {
    const opened = await Promise.allSettled(
      plan.engines.map(async engine => {
        const pool = await openPool(
          transport,
          {
            model: { spec: model.spec, hash: model.hash },
            ...{ engine, threads: plan.threads, precision: plan.precision, batch: plan.batch, against: plan.against },
            ...{ places: plan.places, plugins: plan.plugins },
          },
          events,
          plan,
        )
        pools.push(pool)
        return beginEngine(pool, store, model, datasets, plan, { note, stopped, quiet })
      }),
    )
    const sweeps = opened.flatMap((one): EngineSweep[] => {
      if (one.status === 'fulfilled') return [one.value]
      if (one.reason instanceof RecordError) throw one.reason
      note(messageOf(one.reason))
      return []
    })
    if (stopped.aborted) return 'interrupted'
    const able = sweeps.filter(({ pool }) => pool.facts.unavailable === undefined)
    const all = able.flatMap(({ units }) => units.map(([, own]) => own))
    const missing = all.reduce((sum, own) => sum + missingOf(own), 0)
    const images = all.length * plan.slice.indices.length
    if (missing > 0) {
      progress = startProgress(able.map(({ engine }) => engine).join(', '), missing, 'images', quiet)
      if (missing !== images) progress.note(`${images - missing} images are there already`)
    }
    waitedFor = () => {
      if (transport.tasks !== undefined) return 'now; the next run takes what others are measuring'
      const images = pools.reduce((sum, { inFlight }) => sum + inFlight, 0)
      return `after the ${images === 1 ? 'image' : `${images} images`} being measured${progress?.pace(images) ?? ''}`
    }
    const swept = await Promise.allSettled(able.map(sweep => sweepEngine(sweep, store, plan, stopped)))
    measuring = false
    progress?.end()
    progress = undefined
    for (const one of swept) if (one.status === 'rejected') throw one.reason
    if (stopped.aborted) return 'interrupted'
    waitedFor = () => `after this round of timing${progress?.pace(1) ?? ''}`
    const begin = (label: string, rounds: number) => {
      progress = startProgress(label, rounds, 'rounds', quiet)
      return progress
    }
    const timed = await timeEngines(able, store, plan, { begin, note, stopped })
    if (stopped.aborted) return 'interrupted'
    return {
      ids: sweeps.flatMap(({ units }) => units.flatMap(([, own]) => own.map(({ id }) => id))),
      complete: able.length === plan.engines.length && timed,
      passes,
    }
  } finally {
    interruption.end()
    await Promise.all(pools.map(pool => pool.close()))
  }
}

/** Plans the records of one engine and opens them in the store. */
async function beginEngine(
  pool: Pool,
  store: Store,
  model: Model,
  datasets: readonly Dataset[],
  plan: SweepPlan,
  { note, stopped, quiet }: { note: (text: string) => void; stopped: AbortSignal; quiet: boolean },
): Promise<EngineSweep> {
  const { engine: backend, unavailable, machine = plan.environment } = pool.facts
  if (unavailable !== undefined) note(unavailable)
  const broken = new Map<MethodChoice, string>()
  const found = await pool.describe(plan.methods.map(methodRef))
  const described = plan.methods.map((method, i) => {
    const one = found[i]
    if (!one || 'reason' in one) broken.set(method, one?.reason ?? 'the worker did not describe it')
    const none = { key: method.key, program: 'unknown', relativeFlops: null, unsupported: undefined }
    const facts = one && 'facts' in one ? one.facts : none
    return {
      method,
      code: codeOf(method.explainer),
      facts: { ...facts, unsupported: unavailable ?? facts.unsupported },
    }
  })
  const units: (readonly [Dataset, readonly OpenUnit[]])[] = []
  for (const dataset of datasets) {
    const planned = planUnits({ model, dataset, backend }, described, plan.protocols, { ...plan, environment: machine })
    const open = openUnits(store, planned, plan.slice.indices.length)
    for (const { id, planned } of open) {
      const reason = broken.get(planned.method)
      if (reason !== undefined && unavailable === undefined) store.fail(id, reason)
    }
    const able = open.map(unit =>
      broken.has(unit.planned.method) ? { ...unit, missing: new Map(), settled: true } : unit,
    )
    const computed = await computeFromMaps(store, model, dataset, plan.slice, plan, able, stopped)
    if (computed.images > 0 && !quiet) note(`${dataset.id}: ${computed.images} maps measured again, without an engine`)
    units.push([dataset, computed.units])
  }
  return { pool, engine: nameOf(backend), units }
}

/** Measures what the records of an engine lack, and finishes those that have all of their images. */
async function sweepEngine(
  { pool, units }: EngineSweep,
  store: Store,
  plan: SweepPlan,
  stopped: AbortSignal,
): Promise<void> {
  const batches = units.flatMap(([dataset, own]) => {
    const ref = { id: dataset.id, hash: dataset.hash, seed: plan.seed }
    return batchesOf(own, ref, plan.slice, plan.batch)
  })
  const failed: Failed[] = batches.length > 0 ? await pool.sweep(batches, plan, stopped) : []
  for (const { id, reason } of failed) store.fail(id, reason)
  if (stopped.aborted) return
  const reasons = new Set(failed.map(({ id }) => id))
  for (const [, own] of units) for (const { id, settled } of own) if (!settled && !reasons.has(id)) store.finish(id)
}
