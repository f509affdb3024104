/** A part of a dataset, as data: of its first `images` samples, every `of`-th from the `shard`-th on. */
export interface DatasetSlice {
  /** From 1. */
  readonly shard: number
  /** Number of shards; 1 is no split. */
  readonly of: number
  /** Samples of all shards together. */
  readonly images: number
}

/** The positions in the dataset that belong to a slice, ascending. */
export const positionsOf = ({ shard, of, images }: DatasetSlice): number[] =>
  Array.from({ length: Math.max(0, Math.ceil((images - shard + 1) / of)) }, (_, i) => i * of + shard - 1)
