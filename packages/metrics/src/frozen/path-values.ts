/** What happened to one image along all paths: entry 0 is the image itself. */
export interface PathValues {
  /** Of the class predicted for the image itself. */
  readonly probability: readonly number[]
  /** Spearman of the step's map and the image's own; `null` where the step's map ranks nothing. */
  readonly similarity: readonly (number | null)[]
}
