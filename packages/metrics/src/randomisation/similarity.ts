import { spearman } from '../map/spearman.ts'
import { meanOf } from '../numbers.ts'
import type { RandomisedMaps } from './randomised-maps.ts'

/** The mean over the stages of their rank correlation with the original; a map that ranks nothing has none. `null` where no stage has one. */
export function meanSimilarity({ original, stages }: Pick<RandomisedMaps, 'original' | 'stages'>): number | null {
  const mean = meanOf(stages.map(stage => spearman(original, stage)))
  return Number.isNaN(mean) ? null : mean
}
