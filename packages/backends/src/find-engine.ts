import { EngineUnavailableError, UnknownBackendError } from './errors.ts'

export interface Engines<E extends string> {
  readonly backend: 'onnx' | 'tfjs'
  /** Every engine and how to get it, a sentence. */
  readonly how: Readonly<Record<E, string>>
  /** Tried in this order where no engine is named; the last one always works. */
  readonly preferred: readonly E[]
  /** Why an engine cannot be used here, proven by a run; undefined if it can. */
  readonly probe: (engine: E) => Promise<string | undefined>
}

/**
 * A search for the engine of a name, or for the best one that works here. Each engine is probed once.
 *
 * @throws EngineUnavailableError, UnknownBackendError
 */
export function engineFinder<E extends string>({
  backend,
  how,
  preferred,
  probe,
}: Engines<E>): (name?: string) => Promise<E> {
  const answers = new Map<E, Promise<string | undefined>>()
  const missing = (engine: E): Promise<string | undefined> => {
    const answer = answers.get(engine) ?? probe(engine)
    answers.set(engine, answer)
    return answer
  }
  const engines = Object.keys(how) as E[]
  return async name => {
    if (name === undefined) {
      for (const engine of preferred) if (!(await missing(engine))) return engine
    }
    const engine = name === undefined ? preferred.at(-1) : engines.find(known => known === name)
    if (!engine)
      throw new UnknownBackendError(
        `${backend}:${name}`,
        engines.map(known => `${backend}:${known}`),
      )
    const reason = await missing(engine)
    if (reason) throw new EngineUnavailableError(backend, engine, reason, how[engine])
    return engine
  }
}
