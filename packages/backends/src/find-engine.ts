import type { BackendFacts } from './backend.ts'
import { EngineUnavailableError } from './errors.ts'

/** Why an engine cannot be used here, proven by a run; undefined if it can. */
export type Probe<E extends string> = (engine: E) => Promise<string | undefined>

/**
 * The engine of this name, or the best one that works here where none is named. Each engine is probed once.
 *
 * @throws EngineUnavailableError
 */
export type FindEngine<E extends string> = (name?: E) => Promise<E>

export function engineFinder<E extends string>(
  backend: string,
  { engines, preferred }: BackendFacts<E>,
  probe: Probe<E>,
): FindEngine<E> {
  const answers = new Map<E, Promise<string | undefined>>()
  const missing = (engine: E): Promise<string | undefined> => {
    const answer = answers.get(engine) ?? probe(engine)
    answers.set(engine, answer)
    return answer
  }
  return async name => {
    if (name === undefined) {
      for (const engine of preferred) if (!(await missing(engine))) return engine
    }
    const engine = name ?? preferred.at(-1)
    if (engine === undefined) throw new RangeError(`[vitrine] [${backend}] no engine is preferred`)
    const reason = await missing(engine)
    if (reason) throw new EngineUnavailableError(backend, engine, reason, engines[engine].how)
    return engine
  }
}
