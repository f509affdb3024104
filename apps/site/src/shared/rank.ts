import { type Contender, type Metric, type Standing, standings } from '@vitrine/metrics'

/** Resamples behind the intervals of the pages. */
const RESAMPLES = 1000

export interface Ranked extends Contender {
  /** Told the truth: it shows how far one can get and is not in the ranking. */
  readonly ceiling: boolean
}

/** How a measure ranks the rows of a board; the build and the browser draw the same resamples. */
export function rankRows(rows: readonly Ranked[], direction: Metric['direction']): Standing[] {
  const options = { resamples: RESAMPLES }
  const ceilings = rows.filter(row => row.ceiling)
  return [
    ...standings(
      rows.filter(row => !row.ceiling),
      direction,
      options,
    ),
    ...ceilings
      .flatMap(row => standings([row], direction, options))
      .map((standing): Standing => ({ ...standing, rank: null, ranks: null, tiedWithBest: false })),
  ]
}
