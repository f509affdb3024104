import { MetricError } from '../errors.ts'
import { byValue } from '../map/order.ts'
import { upTo } from '../numbers.ts'
import type { TieRule } from '../protocol.ts'
import { shuffled } from '../random.ts'
import type { Curve } from '../types.ts'
import { introselect } from './introselect.ts'

/** `[height, width]`, 1 where the pixel is taken away. */
export type PixelMask = Uint8Array

let last: { readonly seed: number; readonly items: Uint32Array } | undefined

/** The shuffle of `length` pixels by a seed. The last one is kept, since all maps of an image want the same. */
function shuffleOf(length: number, seed: number): Uint32Array {
  if (last?.seed !== seed || last.items.length !== length) last = { seed, items: shuffled(length, seed) }
  return last.items
}

/** The pixels in the order in which a curve takes them, and the masks of the first of them. */
export interface Sequence {
  readonly pixels: Uint32Array
  /** The mask of the first `count` pixels; the same array whenever it is asked for again. */
  first(count: number): PixelMask
}

function sequence(pixels: Uint32Array): Sequence {
  const made = new Map([[0, new Uint8Array(pixels.length)]])
  return {
    pixels,
    first(count) {
      const known = made.get(count)
      if (known) return known
      const fewer = Math.max(...[...made.keys()].filter(other => other < count))
      const mask = Uint8Array.from(made.get(fewer)!)
      for (let i = fewer; i < count; i++) mask[pixels[i]!] = 1
      made.set(count, mask)
      return mask
    },
  }
}

/** The pixels of a map in order. Equal values are in the order of a shuffle made from a seed, and LeRF walks MoRF's order backwards. */
export type RankedPixels = Readonly<Record<Curve, Sequence>>

/**
 * @param values not negative
 * @param seed a 32-bit integer
 */
export function rankPixels(values: Float32Array, seed: number): RankedPixels {
  if ((seed | 0) !== seed) throw new MetricError('perturbation', `expected a 32-bit integer as seed, got ${seed}`)
  const pixels = byValue(values, shuffleOf(values.length, seed), 'descending')
  return { morf: sequence(pixels), lerf: sequence(pixels.toReversed()) }
}

function maskOf(pixels: Uint32Array, length: number): PixelMask {
  const mask = new Uint8Array(length)
  for (const pixel of pixels) mask[pixel] = 1
  return mask
}

/** Whether a cut after `count` pixels parts pixels of the same value. */
function tied(values: Float32Array, pixels: Uint32Array, count: number): boolean {
  return count > 0 && count < pixels.length && values[pixels[count - 1]!] === values[pixels[count]!]
}

/** The mask of a cut between equal values. */
type TiedCut = (values: Float32Array, curve: Curve, count: number) => PixelMask

const byIndex: TiedCut = (values, curve, count) => {
  const order = byValue(values, upTo(values.length), curve === 'morf' ? 'descending' : 'ascending')
  return maskOf(order.subarray(0, count), values.length)
}

const tiedCuts: { [Kind in Exclude<TieRule['kind'], 'seeded'>]: TiedCut } = {
  index: byIndex,
  introselect(values, curve, count) {
    // torch.topk takes a heap instead of introselect for so few values; there the tie goes to the first index.
    const few = count * 64 <= values.length
    const chosen = few ? null : introselect(curve === 'morf' ? values : values.map(value => -value), count)
    return chosen ? maskOf(chosen, values.length) : byIndex(values, curve, count)
  },
}

/**
 * The masks of the `counts[i]` most (`morf`) and least (`lerf`) relevant pixels for every step i. Rules differ only where a cut parts
 * equal values: elsewhere all of them have the same masks.
 *
 * @param values by which pixels tie: those that were ranked, or others that order as they do
 */
export function cutMasks(
  { kind }: TieRule,
  ranked: RankedPixels,
  values: Float32Array,
  counts: readonly number[],
): Record<Curve, PixelMask[]> {
  const masksOf = (curve: Curve) => {
    const { pixels, first } = ranked[curve]
    return counts.map(count =>
      kind === 'seeded' || !tied(values, pixels, count) ? first(count) : tiedCuts[kind](values, curve, count),
    )
  }
  return { morf: masksOf('morf'), lerf: masksOf('lerf') }
}
