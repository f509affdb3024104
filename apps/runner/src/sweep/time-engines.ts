import type { MethodChoice } from '@vitrine/explainers/run'
import type { Store } from '@vitrine/records'
import type { Progress } from '../cli/progress.ts'
import { methodRef } from '../open/methods.ts'
import { machineName, sameMachine } from './environment.ts'
import type { EngineSweep, SweepPlan } from './plan.ts'
import { messageOf, NoWorkerError } from './seat.ts'
import type { RoundTimes, WorkerLink } from './task.ts'

/** An engine that is timed, and the samples taken so far. */
interface TimedEngine {
  readonly sweep: EngineSweep
  readonly forward: number[]
  readonly methods: Map<string, number[]>
  /** The methods that are timed: those that were found to break while they are timed are left out. */
  wanted: readonly MethodChoice[]
  /** The worker that is ready for rounds; started again after a loss. */
  ready?: WorkerLink | undefined
}

interface TimingOptions {
  /** Begins to tell how far the rounds have come. */
  readonly begin: (label: string, rounds: number) => Progress
  readonly note: (text: string) => void
  readonly stopped: AbortSignal
}

/**
 * Rounds in which every engine times its methods, each round from another engine on. A method that one engine has no timing of is timed
 * on all of them, so that the samples are of the same rounds. A round that fails is repeated once in a new worker; then a round of each method
 * alone shows which of them break, and the others go on without those.
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
  let complete = true

  /** Whether the machine that is to time methods is the one that the records name: timings of several are not compared. */
  function isOnItsMachine(sweep: EngineSweep): boolean {
    const { machine } = sweep.pool.facts
    const other = machine && finished(sweep).find(({ header }) => !sameMachine(header.environment, machine))
    if (!machine || !other) return true
    const expected = machineName(other.header.environment)
    note(
      `timing on ${sweep.engine}: expected a worker on ${expected}, as the records name it, found ${machineName(machine)}; no timing`,
    )
    complete = false
    return false
  }

  let timed: TimedEngine[] = sweeps
    .filter(sweep => finished(sweep).some(({ id }) => untimed.has(keyOf.get(id) ?? '')))
    .filter(isOnItsMachine)
    .map(sweep => {
      const measured = new Set(finished(sweep).map(({ id }) => keyOf.get(id)))
      const wanted = methods.filter(({ key }) => untimed.has(key) && measured.has(key))
      return { sweep, forward: [], methods: new Map(), wanted }
    })

  /** A round of some methods, in a worker that is ready for them. What fails ends the worker. */
  async function roundOf(engine: TimedEngine, wanted: readonly MethodChoice[], round: number): Promise<RoundTimes> {
    const { pool } = engine.sweep
    try {
      const worker = await pool.main()
      if (engine.ready !== worker) await worker.startTiming(wanted.map(methodRef))
      engine.ready = worker
      return await worker.timeRound(round)
    } catch (error) {
      renew(engine, 'was ended after it failed')
      throw error
    }
  }

  function renew(engine: TimedEngine, reason: string): void {
    engine.sweep.pool.dismissMain(reason)
    engine.ready = undefined
  }

  /** Times one round of one engine. @returns what went wrong */
  async function attempt(engine: TimedEngine, round: number): Promise<Error | undefined> {
    try {
      const times = await roundOf(engine, engine.wanted, round)
      engine.forward.push(times.forward)
      for (const [key, ms] of Object.entries(times.methods))
        engine.methods.set(key, [...(engine.methods.get(key) ?? []), ms])
      return undefined
    } catch (error) {
      return error instanceof Error ? error : new Error(messageOf(error))
    }
  }

  /** Leaves out the methods that break when they are timed alone, each in a worker of its own. @returns an error if no worker can be started */
  async function leaveOutBroken(engine: TimedEngine, round: number): Promise<Error | undefined> {
    const sound: MethodChoice[] = []
    for (const method of engine.wanted) {
      if (stopped.aborted) return undefined
      try {
        await roundOf(engine, [method], round)
        sound.push(method)
        renew(engine, 'was ended after it timed one method')
      } catch (error) {
        if (error instanceof NoWorkerError) return error
        complete = false
        engine.methods.delete(method.key)
        note(`timing ${method.key} on ${engine.sweep.engine}: ${messageOf(error)}; it has no timing`)
      }
    }
    engine.wanted = sound
    return undefined
  }

  /** Times one round of one engine, if need be without the methods that break. @returns false where nothing of it can be timed */
  async function timeRound(engine: TimedEngine, round: number): Promise<boolean> {
    const tell = (error: Error, remedy: string) => note(`timing on ${engine.sweep.engine}: ${error.message}; ${remedy}`)
    let error = await attempt(engine, round)
    if (error) {
      tell(error, 'the round is repeated')
      error = await attempt(engine, round)
    }
    if (error && engine.wanted.length > 1 && !(error instanceof NoWorkerError)) {
      tell(error, 'each method is timed alone')
      error = await leaveOutBroken(engine, round)
      if (engine.wanted.length === 0 || stopped.aborted) return false
      error ??= await attempt(engine, round)
    }
    if (error) tell(error, 'its records have no timing')
    return error === undefined
  }

  if (timed.length === 0) return complete
  const progress = begin(`timing ${timed.map(({ sweep }) => sweep.engine).join(', ')}`, rounds)
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
