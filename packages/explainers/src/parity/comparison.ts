/** One method with its options, compared with stored numbers that other code made. */
export interface Comparison {
  readonly method: string
  readonly options?: Readonly<Record<string, unknown>>
  /**
   * Name of the maps in `fixtures/methods.safetensors` or `fixtures/sampled.safetensors`, of the first images or of all. NAME`@next` has
   * the maps of another class. Where NAME`.f64` is stored as well, the method divides by numbers near zero: float64 is compared with it,
   * and float32 must be no farther from it than the other code's float32.
   */
  readonly reference: string
  /** Whether a map may have the opposite sign, as a principal axis may. */
  readonly upToSign?: boolean
  /** The random numbers that the other code used for an image, by the names under which the method draws them. */
  readonly draws?: (image: number) => Readonly<Record<string, unknown>>
  /** The side, in patches, of the square that each stored number stands for. */
  readonly square?: number
  /** The accepted relative error, where the other code's own float32 is no more precise than this. */
  readonly within?: number
}
