/** Whole numbers that look irregular. From integer arithmetic alone, so that they are the same on every machine. */
export const irregular = (i: number, seed: number): number => ((i + 1) * (seed * 7919 + 104_729)) % 1009

/** `count` numbers in [0, 1). */
export const fractions = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => irregular(i, seed) / 1009)
