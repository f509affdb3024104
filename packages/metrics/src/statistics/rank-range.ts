import { meanOf, median } from '../numbers.ts'

/** What becomes of a method's rank over several rankings. */
export interface RankRange {
  readonly best: number
  readonly worst: number
  readonly median: number
  /** Mean reciprocal rank: 1 for a method that is always first (Voorhees, The TREC-8 Question Answering Track Report, 1999). */
  readonly reciprocal: number
  /** In how many rankings it stands. */
  readonly rankings: number
}

/**
 * The ranks that a method holds over several rankings, such as those of several metrics, data sets or protocols; `null` without any.
 *
 * @example
 * rankRange([1, 2, 4]) // { best: 1, worst: 4, median: 2, reciprocal: 0.583…, rankings: 3 }
 */
export function rankRange(ranks: readonly number[]): RankRange | null {
  if (ranks.length === 0) return null
  return {
    best: Math.min(...ranks),
    worst: Math.max(...ranks),
    median: median(ranks),
    reciprocal: meanOf(ranks.map(rank => 1 / rank)),
    rankings: ranks.length,
  }
}
