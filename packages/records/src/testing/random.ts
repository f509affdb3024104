import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Whole numbers below a limit, the same for the same seed. */
export function randomBelow(seed: number): (limit: number) => number {
  const generator = xoroshiro128plus(seed)
  return limit => uniformInt(generator, 0, limit - 1)
}

/** How many damaged inputs a test tries: few each time, many with `VITRINE_FAULTS=full`. */
export const rounds = (few: number): number => (process.env.VITRINE_FAULTS === 'full' ? 20 * few : few)
