import { MetricError } from './errors.ts'
import { ranksNothing, readyMap, type Size } from './heatmap.ts'
import type { Protocol, Ranking } from './protocol.ts'
import { selectPixels } from './ties.ts'
import type { Curve, Curves, Heatmap } from './types.ts'

/** `[height, width]`, 1 where the pixel is taken away. */
export type PixelMask = Uint8Array

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

function maskOf(pixels: Uint32Array, length: number): PixelMask {
  const mask = new Uint8Array(length)
  for (const pixel of pixels) mask[pixel] = 1
  return mask
}

/**
 * Which pixels each step of the MoRF and LeRF curves masks (Samek et al. 2017, with pixels in place of regions). A constant map is `flat`
 * even if it is a `unit` map: its order would be the tie rule's.
 *
 * @param size of the model's input
 * @param seed 32-bit integer that breaks ties under the `seeded` rule; part of the result's record
 * @throws {MetricError} if the heatmap is malformed or the seed no 32-bit integer
 */
export function perturbationMasks(protocol: Protocol, heatmap: Heatmap, size: Size, seed: number): Perturbations {
  const { ranking, ties, steps } = protocol.faithfulness
  const map = readyMap(heatmap, size)
  if (map.state !== 'ok') return { state: map.state, masks: null }
  const values = rankingValues[ranking](map.values)
  if (ranksNothing(values)) return { state: 'flat', masks: null }
  const pixels = size.width * size.height
  const counts = steps.map(step => Math.floor(pixels * step))
  const { morf, lerf } = selectPixels(ties, values, counts, seed)
  const masksOf = (selections: Uint32Array[]) => selections.map(selection => maskOf(selection, pixels))
  return { state: 'ok', masks: { morf: masksOf(morf), lerf: masksOf(lerf) } }
}

export interface DistinctPerturbations {
  /** All masks that differ, in order of first use. */
  masks: PixelMask[]
  /** For each perturbation given, curve and step: the position in `masks`. */
  uses: Record<Curve, number[]>[]
}

/** FNV-1a, 32 bits. */
function hash(mask: PixelMask): number {
  let state = 0x811c9dc5
  for (let i = 0; i < mask.length; i++) state = Math.imul(state ^ mask[i]!, 0x01000193)
  return state
}

function equal(a: PixelMask, b: PixelMask): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
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
  const byHash = new Map<number, number[]>()
  const positionOf = (mask: PixelMask): number => {
    const key = hash(mask)
    const bucket = byHash.get(key) ?? []
    const known = bucket.find(position => equal(masks[position]!, mask))
    if (known !== undefined) return known
    byHash.set(key, [...bucket, masks.length])
    return masks.push(mask) - 1
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
 * The normalised input with zeros where the mask is 1, in every channel.
 *
 * @param input `[channels, height, width]`
 * @param out where to write, such as a slot of a batch
 */
export function applyMask(
  input: Float32Array,
  mask: PixelMask,
  out: Float32Array = new Float32Array(input.length),
): Float32Array {
  if (input.length === 0 || input.length % mask.length !== 0 || out.length !== input.length) {
    throw new MetricError(
      'applyMask',
      `expected whole channels of ${mask.length} pixels and as much room, got ${input.length} and ${out.length}`,
    )
  }
  for (let start = 0; start < input.length; start += mask.length) {
    for (let p = 0; p < mask.length; p++) out[start + p] = mask[p] === 1 ? 0 : input[start + p]!
  }
  return out
}
