/** Numbers that are the same on every machine for one seed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A whole number in [0, n). */
  below(n: number): number
  pick<T>(from: readonly T[]): T
  /** Roughly normal, mean 0 and variance 1, a float32 number. */
  normal(): number
}

/** Mulberry32, a generator with 32 bits of state. */
export function random(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    next,
    below,
    pick(from) {
      const item = from[below(from.length)]
      if (item === undefined) throw new RangeError('[vitrine] [conformance] nothing to pick from')
      return item
    },
    normal: () => Math.fround((next() + next() + next() + next() - 2) * Math.sqrt(3)),
  }
}
