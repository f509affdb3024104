/** Probability of the explained class. */
export interface Confidences {
  /** On the image. */
  readonly before: number
  /** On the image multiplied by the map. */
  readonly after: number
}
