import { type Contender, type Metric, type Standing, standings } from '@vitrine/metrics'

/** Resamples behind every interval and rank of the board: few enough for a browser to rank anew while a slider moves. */
export const RESAMPLES = 1000

export interface Ranked extends Contender {
  /** Told the truth: it shows how far one can get and is not in the ranking. */
  readonly toldTruth: boolean
}

/** How a measure ranks the rows of a board; the build and the browser draw the same resamples. */
export function rankRows(rows: readonly Ranked[], direction: Metric['direction']): Standing[] {
  const options = { resamples: RESAMPLES }
  const ranked = rows.filter(row => !row.toldTruth)
  return [
    ...standings(ranked, direction, options),
    ...rows
      .filter(row => row.toldTruth)
      .flatMap(row => standings([row], direction, options))
      .map((standing): Standing => ({ ...standing, rank: null, ranks: null, tiedWithBest: false })),
  ]
}
