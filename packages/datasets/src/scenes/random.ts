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

/** A number rounded to 24 bits behind the point: the last bit of log, cos and sin differs between engines, this is the same in all. */
export const snap = (x: number): number => Math.round(x * 2 ** 24) / 2 ** 24

/** Cosine of an angle in radians, the same on every machine. */
export const cosine = (angle: number): number => snap(Math.cos(angle))

/** Sine of an angle in radians, the same on every machine. */
export const sine = (angle: number): number => snap(Math.sin(angle))
