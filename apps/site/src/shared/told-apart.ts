import { familyDifferences, type ImageValues, type Metric, pairedDifferences } from '@vitrine/metrics'
import { DECIDED } from './compare.ts'
import { meanOfValues } from './mean.ts'

/** A row of a board and its values per image. */
export interface Contender {
  readonly id: string
  readonly values: ImageValues
}

/** How far a ranking is resolved. */
export interface Resolution {
  /** Pairs of neighbours in the order of the means, and how many of them differ by more than chance. */
  readonly pairs: number
  readonly told: number
  /** Whether the error rate is that of all comparisons together, by the greatest statistic of the resamples. */
  readonly corrected: boolean
  /** The number of its band, by row: a band holds what is not told apart from its best row. */
  readonly bands: ReadonlyMap<string, number>
}

/** Rows with a mean, the best first. */
export function ordered<Row extends Contender>(rows: readonly Row[], direction: Metric['direction']): Row[] {
  const sign = direction === 'higher' ? -1 : 1
  return rows
    .flatMap(row => {
      const mean = meanOfValues(row.values)
      return mean === null ? [] : [{ row, mean }]
    })
    .sort((a, b) => sign * (a.mean - b.mean))
    .map(({ row }) => row)
}

/**
 * Which rows of a ranking are told apart, by paired differences over the resamples that rank them.
 *
 * @param corrected whether the neighbours, and the rows of a band with its best one, are each corrected as one family of comparisons
 */
export function toldApart(
  contenders: readonly Contender[],
  direction: Metric['direction'],
  corrected = false,
): Resolution {
  const rows = ordered(contenders, direction)
  const bands = new Map<string, number>()
  let band = 0
  for (let first = 0; first < rows.length; band++) {
    const best = rows[first]
    const next = best
      ? differ(
          rows.slice(first + 1).map(other => [best, other]),
          corrected,
        ).indexOf(true)
      : -1
    const end = next === -1 ? rows.length : first + 1 + next
    for (const { id } of rows.slice(first, end)) bands.set(id, band)
    first = end
  }
  return { pairs: Math.max(0, rows.length - 1), told: neighboursOf(rows, corrected), corrected, bands }
}

/** How many neighbours of a ranking are told apart. */
export const neighboursOf = (rows: readonly Contender[], corrected: boolean): number =>
  differ(
    rows.slice(1).flatMap((other, i) => (rows[i] ? [[rows[i], other] as const] : [])),
    corrected,
  ).filter(Boolean).length

function differ(pairs: readonly (readonly [Contender, Contender])[], corrected: boolean): boolean[] {
  const values = pairs.map(([a, b]) => [a.values, b.values] as const)
  return corrected
    ? familyDifferences(values).map(({ maxT }) => maxT < DECIDED)
    : pairedDifferences(values).map(({ verdict }) => verdict !== 'undecided')
}
