import {
  familyDifferences,
  type ImageValues,
  imagesNeeded,
  type PairedDifference,
  pairedDifferences,
} from '@vitrine/metrics'

/** A method against the reference by one measure. */
export interface Against extends PairedDifference {
  /** Chance of such a difference if there were none, corrected by Holm's method for all comparisons that are asked together. */
  readonly holm: number
  /** Images that it takes to tell the two apart if they differ as measured; `null` where that cannot be said. */
  readonly needed: number | null
}

/** The values of a method and of the reference, by one measure. */
export type Versus = readonly [method: ImageValues, reference: ImageValues]

/** Compares methods with the reference, by one measure or by several, as one family; answers are in the order of the pairs. */
export function compareAll(pairs: readonly Versus[]): Against[] {
  const family = familyDifferences(pairs)
  return pairedDifferences(pairs).map((found, i) => {
    const [method, reference] = pairs[i] ?? [[], []]
    return { ...found, holm: family[i]?.holm ?? 1, needed: imagesToTell(method, reference) }
  })
}

/** Images that it takes to tell two methods apart if they differ as measured; `null` where that cannot be said. */
export function imagesToTell(first: ImageValues, second: ImageValues): number | null {
  const needed = imagesNeeded(first, second)
  return needed !== null && Number.isFinite(needed) ? needed : null
}

/** At this chance a difference counts as decided when comparisons are corrected: the level of the intervals. */
export const DECIDED = 0.05

/** Whether a difference is decided: by its interval, or corrected for how many are compared. */
export const isDecided = ({ verdict, holm }: Against, corrected: boolean): boolean =>
  corrected ? holm < DECIDED : verdict !== 'undecided'
