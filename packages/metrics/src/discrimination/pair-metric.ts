import type { Subject } from '../map/compared-map.ts'
import type { Row } from '../metrics.ts'

/** The map of one class, held against the object of that class and against the object of the other. */
export interface Question {
  readonly asked: Subject
  readonly other: Subject
}

/** A metric of the maps of both classes of a two-object image. */
export interface PairMetric<Id extends string = string> extends Row<Id, 'discrimination'> {
  /** `null` where the number is not defined. */
  measure(questions: readonly [Question, Question]): number | null
}

/**
 * To six places after the point: two programs that compute the same float32 map round differently, and a difference below that is none.
 */
export const resolved = (value: number): number => Math.round(value * 1e6) / 1e6 + 0
