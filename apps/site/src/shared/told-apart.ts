import { type ImageValues, type Metric, pairedDifferences } from '@vitrine/metrics'
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
  /** The number of its band, by row: a band holds what is not told apart from its best row. */
  readonly bands: ReadonlyMap<string, number>
}

/** Which rows of a ranking are told apart, by paired differences over the resamples that rank them. */
export function toldApart(contenders: readonly Contender[], direction: Metric['direction']): Resolution {
  const sign = direction === 'higher' ? -1 : 1
  const ordered = contenders
    .flatMap(contender => {
      const mean = meanOfValues(contender.values)
      return mean === null ? [] : [{ ...contender, mean }]
    })
    .sort((a, b) => sign * (a.mean - b.mean))
  const bands = new Map<string, number>()
  let band = 0
  for (let first = 0; first < ordered.length; band++) {
    const next = differ(ordered.slice(first + 1).map(other => [ordered[first], other])).indexOf(true)
    const end = next === -1 ? ordered.length : first + 1 + next
    for (const { id } of ordered.slice(first, end)) bands.set(id, band)
    first = end
  }
  const neighbours = ordered.slice(1).map((other, i) => [ordered[i], other] as const)
  return { pairs: neighbours.length, told: differ(neighbours).filter(Boolean).length, bands }
}

const differ = (pairs: readonly (readonly [Contender | undefined, Contender | undefined])[]): boolean[] =>
  pairedDifferences(pairs.map(([a, b]) => [a?.values ?? [], b?.values ?? []])).map(
    ({ verdict }) => verdict !== 'undecided',
  )
