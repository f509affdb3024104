import { meanOf } from '../numbers.ts'
import type { RandomisationRules } from '../protocol.ts'

/** How alike a method's maps and those of a random model are. */
export interface Alikeness {
  /** Mean Spearman. */
  readonly similarity: number
  /** Images that it is the mean of. */
  readonly images: number
  /** Whether that is more than the protocol allows. */
  readonly fails: boolean
}

/**
 * Whether a method's maps stay alike when every parameter is random.
 *
 * @param values `random-model-similarity`, image by image
 * @returns `null` without a value
 */
export function staysAlike(
  { alike }: Pick<RandomisationRules, 'alike'>,
  values: readonly (number | null)[],
): Alikeness | null {
  const similarity = meanOf(values)
  const images = values.filter(value => value !== null).length
  return images === 0 ? null : { similarity, images, fails: similarity > alike }
}
