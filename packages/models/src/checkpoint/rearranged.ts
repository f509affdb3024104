import { sizeOf } from '@vitrine/tensor'
import type { Bytes } from './bytes.ts'
import { type CheckpointArray, derived } from './checkpoint.ts'
import type { Numbers } from './dtypes.ts'

// Arrays that have the numbers of others in another order.

/** Numbers one after the other. */
export function concatenate(parts: readonly Numbers[]): Numbers {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Arrays below each other; all but their first axis is that of the first one. */
export function stacked<B extends Bytes>(arrays: readonly CheckpointArray<B>[]): CheckpointArray<B> {
  const [, ...rest] = arrays[0]?.shape ?? []
  const rows = arrays.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)
  return derived(arrays, [rows, ...rest], concatenate)
}

/** Some of the rows of an array. */
export function rowsOf<B extends Bytes>(array: CheckpointArray<B>, start: number, end: number): CheckpointArray<B> {
  const [, ...rest] = array.shape
  const size = sizeOf(rest)
  return derived([array], [end - start, ...rest], ([own]) =>
    Float32Array.from(own?.subarray(start * size, end * size) ?? []),
  )
}

/** A matrix turned over its diagonal. */
export function transposed<B extends Bytes>(array: CheckpointArray<B>): CheckpointArray<B> {
  const [rows = 0, columns = 0] = array.shape
  return derived([array], [columns, rows], ([own = new Float32Array()]) =>
    own.map((_, i) => own[(i % rows) * columns + Math.floor(i / rows)] ?? 0),
  )
}
