import type { Store } from '@vitrine/records'
import type { Progress } from '../cli/progress.ts'
import { methodRef } from '../open/methods.ts'
import type { EngineSweep, SweepPlan } from './plan.ts'
import { messageOf } from './seat.ts'
import type { WorkerLink } from './task.ts'

/** An engine that is timed, and the samples taken so far. */
interface TimedEngine {
  readonly sweep: EngineSweep
  readonly forward: number[]
  readonly methods: Map<string, number[]>
  /** The worker that is ready for rounds; started again after a loss. */
  ready?: WorkerLink
}

interface TimingOptions {
  /** Begins to tell how far the rounds have come. */
  readonly begin: (label: string, rounds: number) => Progress
  readonly note: (text: string) => void
  readonly stopped: AbortSignal
}

/**
 * Rounds in which every engine times its methods, each round from another engine on. A method that one engine has no timing of is timed
 * on all of them, so that the samples are of the same rounds. A worker that is lost is started again and repeats the round once.
 *
 * @returns false where a finished record is left without timing
 */
export async function timeEngines(
  sweeps: readonly EngineSweep[],
  store: Store,
  { methods, rounds, batch }: SweepPlan,
  { begin, note, stopped }: TimingOptions,
): Promise<boolean> {
  const keyOf = new Map(
    sweeps.flatMap(({ units }) => units.flatMap(([, own]) => own.map(({ id, planned }) => [id, planned.method.key]))),
  )
  const finished = (sweep: EngineSweep) => {
    const ids = sweep.units.flatMap(([, own]) => own.map(({ id }) => id))
    return ids.length === 0 ? [] : store.units({ id: ids, status: 'ok' })
  }
  const untimed = new Set(
    sweeps.flatMap(sweep => finished(sweep).flatMap(({ id, timed }) => (timed ? [] : [keyOf.get(id) ?? '']))),
  )
  if (untimed.size === 0 || rounds === 0) return true
  let timed: TimedEngine[] = sweeps
    .filter(sweep => finished(sweep).some(({ id }) => untimed.has(keyOf.get(id) ?? '')))
    .map(sweep => ({ sweep, forward: [], methods: new Map() }))

  async function prepare(engine: TimedEngine): Promise<WorkerLink> {
    const worker = await engine.sweep.pool.main()
    if (engine.ready === worker) return worker
    const measured = new Set(finished(engine.sweep).map(({ id }) => keyOf.get(id)))
    const wanted = methods.filter(({ key }) => untimed.has(key) && measured.has(key))
    await worker.startTiming(wanted.map(methodRef))
    engine.ready = worker
    return worker
  }

  /** One round of one engine; tried again once where its worker is lost. */
  async function timeRound(engine: TimedEngine, round: number): Promise<boolean> {
    for (const last of [false, true]) {
      try {
        const times = await (await prepare(engine)).timeRound(round)
        engine.forward.push(times.forward)
        for (const [key, ms] of Object.entries(times.methods))
          engine.methods.set(key, [...(engine.methods.get(key) ?? []), ms])
        return true
      } catch (error) {
        const what = last ? 'its records have no timing' : 'the round is repeated'
        note(`timing on ${engine.sweep.engine}: ${messageOf(error)}; ${what}`)
      }
    }
    return false
  }

  const progress = begin(`timing ${timed.map(({ sweep }) => sweep.engine).join(', ')}`, rounds)
  let complete = true
  for (let round = 0; round < rounds && timed.length > 0 && !stopped.aborted; round++) {
    const from = round % timed.length
    const kept: TimedEngine[] = []
    for (const engine of [...timed.slice(from), ...timed.slice(0, from)])
      if (await timeRound(engine, round)) kept.push(engine)
    complete &&= kept.length === timed.length
    timed = timed.filter(engine => kept.includes(engine))
    progress.advance(1)
  }
  progress.end()
  if (stopped.aborted) return true

  for (const { sweep, forward, methods: samples } of timed) {
    const { threads } = sweep.pool.facts.engine
    const alongside = timed.filter(other => other.sweep !== sweep).map(other => other.sweep.engine)
    for (const { id } of finished(sweep)) {
      const method = samples.get(keyOf.get(id) ?? '')
      if (method) store.saveTiming(id, { unit: 'ms', batch, threads, alongside, forward: [...forward], method })
    }
  }
  // The samples are stored: a worker that is lost here has nothing to lose.
  for (const { ready } of timed) await ready?.endTiming().catch(() => {})
  return complete
}
