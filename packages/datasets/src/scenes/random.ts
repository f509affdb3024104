import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** A stream of random numbers; every call takes the next ones. */
export interface Random {
  /** Uniform in `[low, high)`. */
  uniform(low: number, high: number): number
  /** Uniform integer in `0 .. n - 1`. */
  below(n: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** Normal with mean 0 and variance 1. */
  normal(): number
  /** One of the items, all equally likely. */
  pick<T>(items: readonly T[]): T
  /** The items in random order; a new array. */
  shuffled<T>(items: readonly T[]): T[]
}

/** The stream that belongs to these words; streams of different words have nothing to do with one another. */
export function randomStream(...words: readonly (string | number)[]): Random {
  const digest = createHash('sha256').update(JSON.stringify(words)).digest()
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map(byte => digest.readInt32LE(byte)))
  const next = () => uniformFloat64(generator)
  const below = (n: number) => Math.floor(next() * n)

  return {
    uniform: (low, high) => low + next() * (high - low),
    below,
    chance: probability => next() < probability,
    normal: () => snap(Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('[vitrine] [datasets] pick: expected at least one item, got none')
      return items[below(items.length)] as T
    },
    shuffled<T>(items: readonly T[]): T[] {
      const left = [...items]
      return items.flatMap(() => left.splice(below(left.length), 1))
    },
  }
}

// The last bit of log, cos and sin is the engine's choice; rounding well above it makes all engines agree.
const snap = (x: number): number => Math.round(x * 2 ** 24) / 2 ** 24

/** Cosine of an angle in radians, the same on every machine. */
export const cosine = (angle: number): number => snap(Math.cos(angle))

/** Sine of an angle in radians, the same on every machine. */
export const sine = (angle: number): number => snap(Math.sin(angle))
