import { show } from '@vitrine/tensor'

/** Any error of a backend. The message names the backend and what it was doing. */
export class BackendError extends Error {
  override readonly name: string = 'BackendError'
  constructor(backend: string, problem: string, options?: ErrorOptions) {
    super(`[vitrine] [${backend}] ${problem}`, options)
  }
}

/** Leaves an error of ours as it is, and wraps any other in a `BackendError` that says what was being done. */
export const asBackendError = (backend: string, what: string, error: unknown): BackendError =>
  error instanceof BackendError ? error : new BackendError(backend, `${what}: ${messageOf(error)}`, { cause: error })

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The engine is known, but this machine or the installed library does not have it. */
export class EngineUnavailableError extends BackendError {
  override readonly name = 'EngineUnavailableError'
  /** As it was asked for: `onnx:cuda`. */
  readonly engine: string
  /** How to get it, a sentence. */
  readonly how: string
  constructor(backend: string, engine: string, reason: string, how: string, options?: ErrorOptions) {
    super(backend, `engine "${engine}" is not available: ${reason}. ${how}`, options)
    this.engine = `${backend}:${engine}`
    this.how = how
  }
}

/** The engine does not compute in the precision that was asked for. */
export class PrecisionError extends BackendError {
  override readonly name = 'PrecisionError'
  /** Engines that do, as `onnx:cpu`. */
  readonly able: readonly string[]
  constructor(backend: string, engine: string, precision: string, able: readonly string[]) {
    super(
      backend,
      `open: expected an engine with ${precision} precision (${able.join(', ')}), got ${backend}:${engine}`,
    )
    this.able = able
  }
}

/** No backend or engine has this name. */
export class UnknownBackendError extends BackendError {
  override readonly name = 'UnknownBackendError'
  readonly known: readonly string[]
  constructor(spec: string, known: readonly string[]) {
    super('backends', `expected one of ${known.join(', ')}, got "${spec}"`)
    this.known = known
  }
}

/** What was given to `run` is not what the program reads. */
export class InputError extends BackendError {
  override readonly name = 'InputError'
  readonly input: string
  constructor(backend: string, input: string, problem: string) {
    super(backend, `run: input "${input}" ${problem}`)
    this.input = input
  }
}

/** A parameter that a program reads is missing from the weights or has another number of elements. */
export class WeightError extends BackendError {
  override readonly name = 'WeightError'
  readonly parameter: string
  constructor(backend: string, parameter: string, shape: readonly number[], problem: string, options?: ErrorOptions) {
    super(backend, `compile: parameter "${parameter}" ${show(shape)}: ${problem}`, options)
    this.parameter = parameter
  }
}

/** The backend or executable was disposed before. */
export class DisposedError extends BackendError {
  override readonly name = 'DisposedError'
  constructor(backend: string, what: string) {
    super(backend, `${what}: already disposed`)
  }
}
