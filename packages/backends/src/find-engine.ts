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

/** The engines of a backend. */
export interface EngineFinder<E extends string> {
  readonly names: readonly E[]
  /**
   * The engine of a name, or the best one that works here where none is named. Each engine is probed once.
   *
   * @throws EngineUnavailableError, UnknownBackendError
   */
  find(name?: string): Promise<E>
}

export function engineFinder<E extends string>({ backend, how, preferred, probe }: Engines<E>): EngineFinder<E> {
  const answers = new Map<E, Promise<string | undefined>>()
  const missing = (engine: E): Promise<string | undefined> => {
    const answer = answers.get(engine) ?? probe(engine)
    answers.set(engine, answer)
    return answer
  }
  const names = Object.keys(how) as E[]
  return {
    names,
    async find(name) {
      if (name === undefined) {
        for (const engine of preferred) if (!(await missing(engine))) return engine
      }
      const engine = name === undefined ? preferred.at(-1) : known(backend, name, names)
      if (engine === undefined) throw new RangeError(`[vitrine] [${backend}] no engine is preferred`)
      const reason = await missing(engine)
      if (reason) throw new EngineUnavailableError(backend, engine, reason, how[engine])
      return engine
    },
  }
}

/** An engine by its name; throws an UnknownBackendError that lists the known ones. */
export function known<E extends string>(backend: string, name: string, names: readonly E[]): E {
  const found = names.find(engine => engine === name)
  if (found !== undefined) return found
  throw new UnknownBackendError(
    `${backend}:${name}`,
    names.map(engine => `${backend}:${engine}`),
  )
}
