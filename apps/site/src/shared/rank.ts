import {
  type Contender,
  type DetailedStanding,
  detailedStandings,
  type Metric,
  type Standing,
  standings,
} from '@vitrine/metrics'

export interface Ranked extends Contender {
  /** Told the truth: it shows how far one can get and is not in the ranking. */
  readonly toldTruth: boolean
}

type Direction = Metric['direction']

/** How a measure ranks the rows of a board; the build and the browser draw the same resamples. */
export const rankRows = (rows: readonly Ranked[], direction: Direction): Standing[] =>
  rankBy(standings, rows, direction)

/** The same with the differences from the best row and from the controls. */
export const rankRowsInDetail = (rows: readonly Ranked[], direction: Direction): DetailedStanding[] =>
  rankBy(detailedStandings, rows, direction)

function rankBy<Found extends Standing>(
  rank: (contenders: readonly Contender[], direction: Direction) => Found[],
  rows: readonly Ranked[],
  direction: Direction,
): Found[] {
  const told = rows.filter(row => row.toldTruth)
  const competing = rows.filter(row => !row.toldTruth)
  return [
    ...rank(competing, direction),
    ...told
      .flatMap(row => rank([row], direction))
      .map((standing): Found => ({ ...standing, rank: null, ranks: null, tiedWithBest: false })),
  ]
}
