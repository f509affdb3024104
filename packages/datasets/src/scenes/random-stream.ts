import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import { type Random, snap } from './random.ts'

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
