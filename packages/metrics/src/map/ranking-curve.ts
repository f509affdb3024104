import { upTo } from '../numbers.ts'
import { byValue } from './order.ts'

/** The pixels from the highest value down, one step per distinct value: how many inside and outside the truth are above or at it. */
export interface RankingCurve {
  readonly inside: Uint32Array
  readonly outside: Uint32Array
}

/**
 * @param values not negative, and no negative zero
 * @param object 0 or 1 per value
 */
export function rankingCurve(values: Float32Array, object: Uint8Array): RankingCurve {
  const order = byValue(values, upTo(values.length), 'descending')
  const inside = new Uint32Array(order.length)
  const outside = new Uint32Array(order.length)
  let [hits, misses, steps] = [0, 0, 0]
  for (let i = 0; i < order.length; i++) {
    const pixel = order[i]!
    const hit = object[pixel]!
    hits += hit
    misses += 1 - hit
    if (i + 1 < order.length && values[order[i + 1]!] === values[pixel]) continue
    inside[steps] = hits
    outside[steps] = misses
    steps++
  }
  return { inside: inside.subarray(0, steps), outside: outside.subarray(0, steps) }
}

/** Sum over the distinct values, downwards, of precision times the gain in recall. */
export function averagePrecisionOf({ inside, outside }: RankingCurve): number {
  let sum = 0
  for (let k = 0; k < inside.length; k++) {
    const gain = inside[k]! - (k === 0 ? 0 : inside[k - 1]!)
    sum += (gain * inside[k]!) / (inside[k]! + outside[k]!)
  }
  return sum / inside.at(-1)!
}

/** Of the `count` highest pixels those in the truth, equal values at the last place in proportion; `null` with fewer pixels. */
export function hitsAmong({ inside, outside }: RankingCurve, count: number): number | null {
  let [hits, taken] = [0, 0]
  for (let k = 0; k < inside.length; k++) {
    const [more, all] = [inside[k]! - hits, inside[k]! + outside[k]!]
    if (all >= count) return hits + (more * (count - taken)) / (all - taken)
    hits = inside[k]!
    taken = all
  }
  return null
}

/** Share of the pixels with the greatest value that lie in the object. */
export const hitShare = ({ inside, outside }: RankingCurve): number => inside[0]! / (inside[0]! + outside[0]!)
