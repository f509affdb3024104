import type { ExplainableModel, Trace } from '@vitrine/models'
import type { DType, Shape, Tensor } from '@vitrine/tensor'

/** What `explain` is given: a model, a batch of images and what to explain in each. */
export interface ExplainContext {
  readonly model: ExplainableModel
  /** `[batch, 3, height, width]`, normalised. */
  readonly image: Tensor
  /** The forward pass of `image`. */
  readonly trace: Trace
  /** How much each class counts in the explained score, `[batch, classes]`: 1 for the explained class, see `weightsOf`. */
  readonly target: Tensor
  /**
   * Uniform random numbers in [0, 1), `[batch, ...shape]`. Those of an image depend on the seed, the image's id and `name` alone, so
   * they are the same in every batch.
   */
  random(name: string, shape: Shape): Tensor
}

/** Numbers on the host: float32 from an engine, float64 from the reference interpreter. */
export type Numbers = Float32Array | Float64Array

/** What `programs` is given: the inputs of the programs that a sampled method runs. */
export interface ProgramContext {
  readonly model: ExplainableModel
  /** How many rows one run computes. */
  readonly batch: number
  /** The explained image, `[1, 3, height, width]`, normalised: the same for every row. */
  readonly image: Tensor
  /** How much each class counts in the explained score, the same in every row, `[batch, classes]`. */
  readonly target: Tensor
  /** An input that has a value of its own for each row: `[batch, ...shape]`. */
  each(name: string, shape: Shape, dtype?: DType): Tensor
}

/** Where the object of the explained class is: 1 inside, row by row, in the size of the original picture. */
export interface ObjectMask {
  readonly width: number
  readonly height: number
  readonly mask: ArrayLike<number>
}

/** What `sample` is given: one image, and a way to run the method's programs. */
export interface SampleContext<P extends string = string> {
  readonly model: ExplainableModel
  /** `[3, height, width]`, normalised. */
  readonly image: Numbers
  /**
   * Runs a program for `count` rows, in batches, and returns the output of each row. `each` returns the inputs of a row that the
   * program declared with `each`. It is called for one row after the other, and its arrays are copied before the next call, so it may
   * fill the same array again.
   */
  run(
    program: P,
    count: number,
    each?: (row: number) => Readonly<Record<string, ArrayLike<number>>>,
  ): Promise<Numbers[]>
  /**
   * Makes a random choice. `make` gets a source of uniform numbers in [0, 1) that depends on the seed, the image's id and `name`
   * alone. Everything random goes through here, so that a test can put other choices in their place.
   */
  draw<T>(name: string, make: (uniform: () => number) => T): T
  /** Where the object is; `undefined` unless the method declares `readsTruth`. */
  readonly truth: ObjectMask | undefined
}
