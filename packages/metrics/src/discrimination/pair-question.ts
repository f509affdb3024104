import type { ComparedMap } from '../map/compared-map.ts'

/** The map of one class, held against the object of that class and against the object of the other. */
export interface PairQuestion {
  readonly asked: ComparedMap
  readonly other: ComparedMap
}

/** Rounded to 1e-6, so that float32 rounding is not reported as a difference between classes; never `-0`. */
export const resolved = (value: number): number => Math.round(value * 1e6) / 1e6 + 0
