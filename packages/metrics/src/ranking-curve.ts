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
  // Bits of non-negative floats order as the floats do; the lowest bit of a key says where the pixel is.
  const bits = new Uint32Array(values.slice().buffer)
  const keys = new Float64Array(bits.length)
  for (let p = 0; p < keys.length; p++) keys[p] = 2 * bits[p]! + object[p]!
  keys.sort()
  const inside = new Uint32Array(keys.length)
  const outside = new Uint32Array(keys.length)
  let [hits, misses, steps] = [0, 0, 0]
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i]!
    const hit = key % 2
    hits += hit
    misses += 1 - hit
    if (i > 0 && keys[i - 1]! >= key - hit) continue
    inside[steps] = hits
    outside[steps] = misses
    steps++
  }
  return { inside: inside.subarray(0, steps), outside: outside.subarray(0, steps) }
}
