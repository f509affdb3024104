import type { Ramp } from './ramps.ts'

/** What a method declares of its maps. */
export interface MapPaint {
  /** Whether a map may hold evidence against. */
  readonly signed: boolean
  /** `unit`: the values are in [0, 1] already and are painted as they are. */
  readonly scale: 'relative' | 'unit'
}

/** A map's values as positions in [0, 1] on a ramp, and the values that the ends of the ramp stand for. */
export interface Painted {
  readonly at: Float32Array
  readonly ramp: Ramp
  readonly ends: readonly [low: number, high: number]
}

/** How a method's maps are painted, from its definition or from the `method.details` of a record. */
export const mapPaint = (details: { readonly signed?: unknown; readonly scale?: unknown } | undefined): MapPaint => ({
  signed: details?.signed === true,
  scale: details?.scale === 'unit' ? 'unit' : 'relative',
})

/**
 * The one rule for all maps. A map of a signed method that holds both signs is painted around zero; a unit map as it is; every other map
 * from its least value to its greatest. A signed map of one sign has no zero to show, and around zero it would be of one colour.
 *
 * @example
 * const { at, ramp } = painted([-1, 0, 2], { signed: true, scale: 'relative' }) // at: 0.25, 0.5, 1; ramp: diverging
 */
export function painted(values: ArrayLike<number>, { signed, scale }: MapPaint): Painted {
  const list = Float32Array.from(values)
  const low = list.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = list.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (signed && low < 0 && high > 0) return paintedAroundZero(list, Math.max(-low, high))
  const ends: [number, number] = scale === 'unit' || high === low ? [0, 1] : [low, high]
  const at = list.map(v => Math.min(Math.max((v - ends[0]) / (ends[1] - ends[0]), 0), 1))
  return { at, ramp: 'sequential', ends }
}

/** Values around zero, as differences are painted; `most` is the size that the ends stand for. All zeros are clear. */
export function paintedAroundZero(values: ArrayLike<number>, most: number): Painted {
  const at = Float32Array.from(values, v => (most > 0 ? Math.min(Math.max((v / most + 1) / 2, 0), 1) : 0.5))
  return { at, ramp: 'diverging', ends: [-most, most] }
}
