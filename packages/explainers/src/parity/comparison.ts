/** One method with its options, held against stored numbers that other code made. */
export interface Comparison {
  readonly method: string
  readonly options?: Readonly<Record<string, unknown>>
  /**
   * Name of the maps in `fixtures/methods.safetensors` or `fixtures/sampled.safetensors`, of the first images or of all; `@next` explains another class. Where `.f64` is
   * there, the method divides by numbers near zero: float64 is held against it, and float32 must be no farther from it than the other
   * code's float32.
   */
  readonly reference: string
  /** A principal axis has no sign: each map is compared up to its own. */
  readonly upToSign?: boolean
  /** The random numbers that the other code used for an image, by the names under which the method draws them. */
  readonly draws?: (image: number) => Readonly<Record<string, unknown>>
  /** Each stored number stands for a square of so many patches a side. */
  readonly square?: number
  /** Where the other code's float32 is itself no better than this. */
  readonly within?: number
}
