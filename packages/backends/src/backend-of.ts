import type { HostTensors, Program, Weights } from '@vitrine/tensor'
import type { Backend, Executable } from './backend.ts'
import { asBackendError, DisposedError } from './errors.ts'
import { checkInputs, type GivenInput } from './inputs.ts'

/** What an engine must do itself. */
export interface Engine extends Omit<Backend, 'compile' | 'dispose'> {
  compile(program: Program, weights: Weights | undefined): Promise<Compiled> | Compiled
}

/** A program on an engine. */
export interface Compiled {
  /** Runs on inputs that fit the program, in its order, and returns numbers that nobody else holds. */
  run(inputs: readonly GivenInput[]): Promise<HostTensors> | HostTensors
  /** Frees what it holds. Called once, while no run is under way. */
  dispose(): Promise<void> | void
}

/**
 * Makes a backend of an engine. What all backends have in common is here: inputs are checked, foreign errors become a `BackendError`,
 * and nothing outlives `dispose`, which waits for compilations and runs that have begun.
 *
 * @example
 * const backend = backendOf({ id: 'mine', engine: 'cpu', version: '1.0', threads: 1, capabilities, compile })
 */
export function backendOf({ compile, ...facts }: Engine): Backend {
  const compilations = new Pending()
  const alive = new Set<Executable>()
  let disposed = false
  return {
    ...facts,
    compile: (program, weights) =>
      compilations.add(async () => {
        if (disposed) throw new DisposedError(facts.id, 'compile')
        const compiled = await named(facts.id, 'compile', () => compile(program, weights))
        const executable = executableOf(facts.id, program, compiled, () => alive.delete(executable))
        alive.add(executable)
        if (!disposed) return executable
        await executable.dispose()
        throw new DisposedError(facts.id, 'compile')
      }),
    async dispose() {
      disposed = true
      await compilations.settled()
      await Promise.all([...alive].map(executable => executable.dispose()))
    },
  }
}

function executableOf(id: string, program: Program, compiled: Compiled, onDispose: () => void): Executable {
  const runs = new Pending()
  let freed: Promise<void> | undefined
  const free = async () => {
    await runs.settled()
    await compiled.dispose()
  }
  return {
    run: inputs =>
      runs.add(async () => {
        if (freed) throw new DisposedError(id, 'run')
        const given = checkInputs(id, program, inputs)
        return named(id, 'run', () => compiled.run(given))
      }),
    dispose() {
      onDispose()
      freed ??= free()
      return freed
    },
  }
}

/** Work that has begun and not ended. */
class Pending {
  readonly #promises = new Set<Promise<unknown>>()

  add<T>(work: () => Promise<T>): Promise<T> {
    const promise = work()
    this.#promises.add(promise)
    const remove = () => this.#promises.delete(promise)
    promise.then(remove, remove)
    return promise
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#promises)
  }
}

/** Does the work, and wraps errors that are not ours. */
async function named<T>(backend: string, what: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asBackendError(backend, what, error)
  }
}
