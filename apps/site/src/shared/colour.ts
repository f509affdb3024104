import { interpolateMagma, interpolatePuOr } from 'd3-scale-chromatic'

/** Red, green, blue and opacity, 0 to 255. */
export type Colour = readonly [number, number, number, number]

const LEVELS = 64

function channels(text: string): [number, number, number] {
  const hex = /^#(..)(..)(..)$/.exec(text)
  const found = hex ? hex.slice(1).map(part => Number.parseInt(part, 16)) : (text.match(/\d+/g) ?? []).map(Number)
  return [found[0] ?? 0, found[1] ?? 0, found[2] ?? 0]
}

const ramp = (at: (t: number) => string, opacity: (t: number) => number): readonly Colour[] =>
  Array.from({ length: LEVELS + 1 }, (_, i) => [...channels(at(i / LEVELS)), Math.round(255 * opacity(i / LEVELS))])

/** Evidence from none to most: perceptually uniform, and the stronger the more it covers the image. */
export const sequential = ramp(interpolateMagma, t => 0.1 + 0.8 * t)

/** Evidence against, none, for: safe for colour-blind readers, white and clear at zero. */
export const diverging = ramp(
  t => interpolatePuOr(1 - t),
  t => 0.05 + 0.85 * Math.abs(2 * t - 1),
)

/** What is known of a method's maps: whether they may hold evidence against, and whether 0 and 1 mean something. */
export interface Paint {
  readonly signed: boolean
  readonly scale: 'relative' | 'unit'
}

/** A map's values as positions in [0, 1] on a colour ramp, and what the ends of the ramp stand for. */
export interface Painted {
  readonly at: Float32Array
  readonly colours: readonly Colour[]
  readonly ends: readonly [low: number, high: number]
}

/**
 * One rule for all methods: a signed map that holds both signs is drawn around zero, a unit map as it is, every other from its least value to
 * its greatest. A signed map of one sign has no zero to show, and around it all would be one colour.
 */
export function painted(values: ArrayLike<number>, { signed, scale }: Paint): Painted {
  const list = Float32Array.from(values)
  const low = list.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = list.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (signed && low < 0 && high > 0) {
    const most = Math.max(-low, high)
    return { at: list.map(v => (v / most + 1) / 2), colours: diverging, ends: [-most, most] }
  }
  const ends: [number, number] = scale === 'unit' || high === low ? [0, 1] : [low, high]
  const at = list.map(v => Math.min(Math.max((v - ends[0]) / (ends[1] - ends[0]), 0), 1))
  return { at, colours: sequential, ends }
}

/** The colour at a position in [0, 1]. */
export const colourAt = (position: number, colours: readonly Colour[]): Colour =>
  colours[Math.round(position * LEVELS)] ?? [0, 0, 0, 0]
