import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { MetricError } from './errors.ts'
import { introselect, upTo } from './introselect.ts'
import type { TieRule } from './protocol.ts'

/** Pixel indices that are masked at each step, in no order. */
export interface Selections {
  morf: Uint32Array[]
  lerf: Uint32Array[]
}

const placeBits = 21
const places = 2 ** placeBits

/** Fisher-Yates shuffle of 0 … length - 1. */
function shuffled(length: number, seed: number): Uint32Array {
  const random = xoroshiro128plus(seed)
  const items = upTo(length)
  for (let i = length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i)
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
  return items
}

/**
 * Pixels in descending or ascending order of their values, equal values in the order of `pixels`. A key holds the float32's bits, which
 * order as the values do because none is negative, and below them the place in `pixels`: 53 bits, so plain numbers sort it.
 */
function sorted(values: Float32Array, pixels: Uint32Array, direction: 'descending' | 'ascending'): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const keys = new Float64Array(values.length)
  for (let place = 0; place < keys.length; place++) {
    const value = bits[pixels[place]!]!
    keys[place] = (direction === 'ascending' ? value : 0xffffffff - value) * places + place
  }
  keys.sort()
  const order = new Uint32Array(keys.length)
  for (let i = 0; i < order.length; i++) order[i] = pixels[keys[i]! % places]!
  return order
}

const firstOf = (order: Uint32Array, counts: readonly number[]) => counts.map(count => order.subarray(0, count))

function byIndex(values: Float32Array, counts: readonly number[]): Selections {
  const pixels = upTo(values.length)
  return {
    morf: firstOf(sorted(values, pixels, 'descending'), counts),
    lerf: firstOf(sorted(values, pixels, 'ascending'), counts),
  }
}

const select: {
  [Kind in TieRule['kind']]: (values: Float32Array, counts: readonly number[], seed: number) => Selections
} = {
  index: byIndex,
  seeded(values, counts, seed) {
    const order = sorted(values, shuffled(values.length, seed), 'descending')
    return { morf: firstOf(order, counts), lerf: firstOf(order.toReversed(), counts) }
  },
  introselect(values, counts) {
    const negated = values.map(value => -value)
    // torch.topk takes a heap instead of introselect for so few values; there the tie goes to the first index.
    const few = (count: number) => count > 0 && count * 64 <= values.length
    let sortedOnce: Selections | undefined
    const pick = (curve: keyof Selections, from: Float32Array) =>
      counts.map((count, i) => {
        const chosen = few(count) ? null : introselect(from, count)
        if (chosen !== null) return chosen
        sortedOnce ??= byIndex(values, counts)
        return sortedOnce[curve][i]!
      })
    return { morf: pick('morf', values), lerf: pick('lerf', negated) }
  },
}

/**
 * The `counts[i]` most (`morf`) and least (`lerf`) relevant pixels for every step i.
 *
 * @param values not negative
 * @param seed a 32-bit integer, read by the `seeded` rule
 */
export function selectPixels(rule: TieRule, values: Float32Array, counts: readonly number[], seed: number): Selections {
  if (values.length > places) {
    throw new MetricError('perturbation', `expected at most ${places} pixels, got ${values.length}`)
  }
  if ((seed | 0) !== seed) throw new MetricError('perturbation', `expected a 32-bit integer as seed, got ${seed}`)
  return select[rule.kind](values, counts, seed)
}
