import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { upTo } from './numbers.ts'

export type RandomSource = ReturnType<typeof xoroshiro128plus>

/** A source of random numbers: the same seed gives the same numbers on every machine. */
export const randomSource = (seed: number): RandomSource => xoroshiro128plus(seed)

/** The next number in [0, 1). */
export const uniform = (source: RandomSource): number => uniformFloat64(source)

/** The next whole number from 0 to `limit` - 1. */
export const wholeBelow = (source: RandomSource, limit: number): number => uniformInt(source, 0, limit - 1)

/** Whole numbers from 0 to `length` - 1, shuffled (Fisher-Yates). */
export function shuffled(length: number, seed: number): Uint32Array {
  const source = randomSource(seed)
  const items = upTo(length)
  for (let i = length - 1; i > 0; i--) {
    const j = wholeBelow(source, i + 1)
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
  return items
}

/** Standard normal numbers (Box & Muller, A Note on the Generation of Random Normal Deviates, 1958). */
export function normals(length: number, seed: number): Float32Array {
  const source = randomSource(seed)
  const out = new Float32Array(length)
  for (let i = 0; i < length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(source)))
    const angle = 2 * Math.PI * uniform(source)
    out[i] = radius * Math.cos(angle)
    if (i + 1 < length) out[i + 1] = radius * Math.sin(angle)
  }
  return out
}
