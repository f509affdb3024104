/** What a map says about some parts of an image, and what the model says of the image without each. */
export interface Effects {
  /** Sum of the map over each part. */
  readonly attribution: readonly number[]
  /** By how much the probability of the explained class falls when the part alone is removed. */
  readonly fall: readonly number[]
}
