import type { HostTensor, HostTensors, Program } from '@vitrine/tensor'

/** Where the bytes of a weight lie: little-endian float32, `length` bytes from `offset` of a file. */
export interface WeightLocation {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** The parameters of a model. The same object is given to every program that is compiled from it. */
export interface Weights {
  /** The same for equal weights, different for others: a content hash, or any unique string. */
  readonly id: string
  /** The float32 numbers of a parameter; throws where there is no such parameter. */
  get(name: string): HostTensor
  /** The file that holds a parameter as it is, so that a backend may map the file and leave `get` uncalled. */
  location?(name: string): WeightLocation | undefined
}

/** What a program is computed in; its inputs, weights and outputs are float32 in both. */
export type Precision = 'single' | 'double'

export interface BackendOptions {
  /** How many threads one run may use; all processors if absent. */
  readonly threads?: number
  /**
   * Whether each program gets its own copy of the weights in the order in which products read them. Faster by some percent, and the
   * weights are no longer shared between programs. If absent, only small weights are packed.
   */
  readonly pack?: boolean
  /**
   * `single` if absent. `double` is for programs in which roundings grow, relevance propagation above all: several times slower, and only
   * `onnx:cpu` has it.
   */
  readonly precision?: Precision
}

/** One inference engine, opened. */
export interface Backend {
  readonly id: 'onnx' | 'tfjs'
  /** What runs the arithmetic: `cpu`, `cuda`, `wasm`, … */
  readonly engine: string
  /** The version of the library. */
  readonly version: string
  /** How many threads one run may use. */
  readonly threads: number
  /** Prepares a program. `weights` is needed by programs that have parameters. */
  compile(program: Program, weights?: Weights): Promise<Executable>
  /** Frees the engine and every executable that is still alive. */
  dispose(): Promise<void>
}

/** A program ready to run on one backend. */
export interface Executable {
  /**
   * Runs once. `inputs` has exactly the program's inputs, by name: Float32Array (or Float64Array, which is rounded) for float
   * tensors, Int32Array for int ones. Answers with the program's outputs, Float32Array and Int32Array, owned by the caller.
   *
   * @throws InputError where the inputs are not the program's
   */
  run(inputs: HostTensors): Promise<HostTensors>
  dispose(): Promise<void>
}
