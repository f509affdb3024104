import { MetricError } from '../errors.ts'
import { ranksNothing, readyMap } from '../map/heatmap.ts'
import type { Protocol, Ranking } from '../protocol.ts'
import type { Curve, Curves, Heatmap, Size } from '../types.ts'
import { maskPositions } from './mask-positions.ts'
import { cutMasks, type PixelMask, type RankedPixels, rankPixels } from './ties.ts'

export interface Perturbation {
  state: 'ok'
  /** One mask per step of the protocol. */
  masks: Record<Curve, PixelMask[]>
}

export type Perturbations = Perturbation | { state: 'flat' | 'nan'; masks: null }

const rankingValues: { [Rule in Ranking]: (values: Float32Array) => Float32Array } = {
  normalized: values => values,
  'above-one': values => values.map(value => value + 1),
}

/** A map on the pixels of the input, in order: what all protocols make their masks of. */
export type RankedMap =
  | { readonly state: 'ok'; readonly values: Float32Array; readonly pixels: RankedPixels; readonly seed: number }
  | { readonly state: 'flat' | 'nan' }

/**
 * A constant map is `flat` even if it is a `unit` map: its order would be the tie rule's.
 *
 * @param size of the model's input
 * @param seed 32-bit integer that breaks ties under the `seeded` rule; part of the result's record
 * @throws {MetricError} if the heatmap is malformed or the seed no 32-bit integer
 */
export function rankMap(heatmap: Heatmap, size: Size, seed: number): RankedMap {
  const map = readyMap(heatmap, size)
  if (map.state !== 'ok') return { state: map.state }
  if (ranksNothing(map.values)) return { state: 'flat' }
  return { state: 'ok', values: map.values, pixels: rankPixels(map.values, seed), seed }
}

/** Which pixels each step of the MoRF and LeRF curves masks (Samek et al. 2017, with pixels in place of regions). */
export function perturbationMasks(protocol: Protocol, map: RankedMap): Perturbations {
  if (map.state !== 'ok') return { state: map.state, masks: null }
  const { ranking, ties, steps } = protocol.faithfulness
  const values = rankingValues[ranking](map.values)
  if (ranksNothing(values)) return { state: 'flat', masks: null }
  const counts = steps.map(step => Math.floor(values.length * step))
  // The shuffle decides among values that tie by the protocol's ranking, which may be more than tie in the map.
  const pixels = ties.kind === 'seeded' && values !== map.values ? rankPixels(values, map.seed) : map.pixels
  return { state: 'ok', masks: cutMasks(ties, pixels, values, counts) }
}

export interface DistinctPerturbations {
  /** All masks that differ, in order of first use. */
  masks: PixelMask[]
  /** For each perturbation given, curve and step: the position in `masks`. */
  uses: Record<Curve, number[]>[]
}

/**
 * The forward passes that the perturbations of one image really need. The unperturbed and the fully masked image are common to all; one
 * map needs at most 2 * (steps - 2) + 2 masks, and protocols, targets and methods share what they mask alike.
 *
 * @example
 * const { masks, uses } = distinctPerturbations([ofPaper, ofStandard])
 * const probabilities = masks.map(mask => probability(applyMask(input, mask)))
 * const [paperCurves, standardCurves] = uses.map(use => curvesOf(use, probabilities))
 */
export function distinctPerturbations(perturbations: readonly Perturbation[]): DistinctPerturbations {
  const masks: PixelMask[] = []
  const positions = new Map<PixelMask, number>()
  const find = maskPositions()
  const positionOf = (mask: PixelMask): number => {
    const position = positions.get(mask) ?? find(mask)
    positions.set(mask, position)
    if (position === masks.length) masks.push(mask)
    return position
  }
  const uses = perturbations.map(({ masks: { morf, lerf } }) => ({
    morf: morf.map(positionOf),
    lerf: lerf.map(positionOf),
  }))
  return { masks, uses }
}

/** The curves of one perturbation, given the class probability for each distinct mask. */
export function curvesOf(use: Record<Curve, readonly number[]>, probabilities: ArrayLike<number>): Curves {
  const probability = (position: number): number => {
    const value = probabilities[position]
    if (value === undefined) {
      throw new MetricError('curves', `expected a probability for mask ${position}, got ${probabilities.length}`)
    }
    return value
  }
  return { morf: use.morf.map(probability), lerf: use.lerf.map(probability) }
}

/**
 * The normalised input with zeros where the mask is 1, in every channel, or with another image there.
 *
 * @param input `[channels, height, width]`
 * @param out where to write, such as a slot of a batch
 */
export function applyMask(
  input: Float32Array,
  mask: PixelMask,
  out: Float32Array = new Float32Array(input.length),
  other?: Float32Array,
): Float32Array {
  if (input.length === 0 || input.length % mask.length !== 0 || out.length !== input.length) {
    throw new MetricError(
      'applyMask',
      `expected whole channels of ${mask.length} pixels and as much room, got ${input.length} and ${out.length}`,
    )
  }
  out.set(input)
  for (let p = 0; p < mask.length; p++) {
    if (mask[p] === 1) for (let at = p; at < out.length; at += mask.length) out[at] = other?.[at] ?? 0
  }
  return out
}
