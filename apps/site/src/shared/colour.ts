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

/** How a map is painted: `signed` ones around zero, `unit` ones as they are, others between their least and their greatest value. */
export interface Paint {
  readonly signed: boolean
  readonly scale: 'relative' | 'unit'
}

/** The map's values as positions in [0, 1] on its colour ramp. */
export function positions(values: ArrayLike<number>, { signed, scale }: Paint): Float32Array {
  const list = Float32Array.from(values)
  const low = list.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = list.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (signed) {
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1
    return list.map(v => (v / most + 1) / 2)
  }
  if (scale === 'unit' || high === low) return list.map(v => Math.min(Math.max(v, 0), 1))
  return list.map(v => (v - low) / (high - low))
}

/** The colour at a position in [0, 1]. */
export function colourAt(position: number, { signed }: Pick<Paint, 'signed'>): Colour {
  const colours = signed ? diverging : sequential
  return colours[Math.round(position * LEVELS)] ?? [0, 0, 0, 0]
}
