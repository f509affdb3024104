import { MetricError } from '../errors.ts'
import type { Standing } from './standings.ts'

/**
 * Kendall's tau-b, rank correlation with ties (Kendall, The Treatment of Ties in Ranking Problems, Biometrika 33, 1945): of all pairs, those
 * in the same order less those in opposite order, over the geometric mean of the pairs that each side orders. From -1 to 1; `null` where one
 * side orders none.
 *
 * @throws {MetricError} if the lists differ in length
 *
 * @example
 * kendall([1, 2, 3, 4], [1, 2, 4, 3]) // (5 - 1) / 6
 */
export function kendall(first: ArrayLike<number>, second: ArrayLike<number>): number | null {
  if (first.length !== second.length) {
    throw new MetricError('statistics', `expected lists of one length, got ${first.length} and ${second.length}`)
  }
  let [agreement, orderedByFirst, orderedBySecond] = [0, 0, 0]
  for (let i = 0; i < first.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(first[i]! - first[j]!), Math.sign(second[i]! - second[j]!)]
      agreement += a * b
      orderedByFirst += a * a
      orderedBySecond += b * b
    }
  }
  const ordered = Math.sqrt(orderedByFirst) * Math.sqrt(orderedBySecond)
  return ordered === 0 ? null : agreement / ordered
}

/**
 * How far two metrics rank the same methods alike: Kendall's tau-b of their ranks, over the methods that both rank.
 *
 * @example
 * rankingAgreement(standings(byIou, 'higher'), standings(byEntropy, 'lower'))
 */
export function rankingAgreement(
  first: readonly Pick<Standing, 'id' | 'rank'>[],
  second: readonly Pick<Standing, 'id' | 'rank'>[],
): number | null {
  const ranks = new Map(second.map(({ id, rank }) => [id, rank]))
  const pairs = first.flatMap(({ id, rank }) => {
    const other = ranks.get(id) ?? null
    return rank === null || other === null ? [] : [[rank, other] as const]
  })
  return kendall(
    pairs.map(([rank]) => rank),
    pairs.map(([, rank]) => rank),
  )
}
