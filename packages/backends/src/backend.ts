import type { HostTensors, Program, Weights } from '@vitrine/tensor'

/** What a program is computed in; its inputs, weights and outputs are float32 in both. */
export type Precision = 'single' | 'double'

/** What an engine can do. Callers ask this instead of comparing names of engines. */
export interface Capabilities {
  readonly precisions: readonly Precision[]
  /**
   * Whether its threads can be shared out over processes: several processes with a part of the threads each run at least as many
   * passes as one process with all of them.
   */
  readonly divisible: boolean
  /** Whether it also runs in a browser. */
  readonly browser: boolean
}

/** What is known of an engine without loading it. */
export interface EngineFacts {
  /** How to get it, a sentence. */
  readonly how: string
  readonly capabilities: Capabilities
}

/** What is known of a backend without loading it. */
export interface BackendFacts<E extends string = string> {
  readonly engines: Readonly<Record<E, EngineFacts>>
  /** Tried in this order where no engine is named; the last one always works. */
  readonly preferred: readonly E[]
}

export interface BackendOptions {
  /** How many threads one run may use; all processors if absent. */
  readonly threads?: number
  /**
   * Whether each program gets its own copy of the weights in the order in which products read them. Faster by some percent, and the
   * weights are no longer shared between programs. If absent, only small weights are packed.
   */
  readonly pack?: boolean
  /**
   * `single` if absent. `double` is several times slower and meant for programs in which rounding errors grow, relevance propagation
   * above all. `Capabilities.precisions` says which engines have it.
   */
  readonly precision?: Precision
}

/** One inference engine, opened. `backendOf` makes it of what an engine must do itself. */
export interface Backend {
  /** The name of the backend: `onnx`, `tfjs`, … */
  readonly id: string
  /** What runs the arithmetic: `cpu`, `cuda`, `wasm`, … */
  readonly engine: string
  /** The version of the library. */
  readonly version: string
  /** How many threads one run may use. */
  readonly threads: number
  readonly capabilities: Capabilities
  /**
   * Prepares a program. `weights` is needed by programs that have parameters.
   *
   * @throws WeightError where a parameter is missing or has another size
   * @throws DisposedError where the backend is disposed before the program is ready
   */
  compile(program: Program, weights?: Weights): Promise<Executable>
  /** Frees the engine, every executable that is still alive, and those that are being compiled. */
  dispose(): Promise<void>
}

/** A program ready to run on one backend. */
export interface Executable {
  /**
   * Runs once. `inputs` has exactly the program's inputs, by name: Float32Array (or Float64Array, which is rounded) for float
   * tensors, Int32Array for int ones. Returns the program's outputs, Float32Array and Int32Array, owned by the caller.
   *
   * @throws InputError where the inputs are not the program's
   */
  run(inputs: HostTensors): Promise<HostTensors>
  /** Frees it once the runs that have begun are done. */
  dispose(): Promise<void>
}
