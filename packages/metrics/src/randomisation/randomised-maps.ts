/** What maps of one image say when the model, or the question, is another. Attributions, `[rows, columns]`: see `attributionOf`. */
export interface RandomisedMaps {
  readonly original: Float64Array
  /** With more and more of the parameters random, from the head down; in the last all are. */
  readonly stages: readonly Float64Array[]
  /** Of another class; none where the model has one class only. */
  readonly otherClass?: Float64Array | undefined
}
