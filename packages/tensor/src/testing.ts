/** A small deterministic generator for tests (mulberry32): numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Numbers in (-range, range), none closer to 0 than a tenth of it. */
export function numbers(count: number, random: () => number, range = 1): Float64Array {
  return Float64Array.from({ length: count }, () => (random() < 0.5 ? -1 : 1) * range * (0.1 + 0.9 * random()))
}
