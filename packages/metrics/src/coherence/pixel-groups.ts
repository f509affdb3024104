import type { RankedMap } from '../faithfulness/perturbation.ts'
import type { PixelMask } from '../faithfulness/ties.ts'
import { valuesOf } from '../metric.ts'
import type { CoherenceRules } from '../protocol.ts'
import { registry } from '../registry.ts'
import type { GroupColumns } from '../types.ts'

/** Groups of equally many pixels, from the highest of a map to its lowest. */
export interface PixelGroups {
  readonly masks: readonly PixelMask[]
  /** Sum of the normalised map over each group. */
  readonly attribution: readonly number[]
}

/** The groups of a map's pixels; equal values are parted by the shuffle that ranked them. */
export function pixelGroups({ groups }: CoherenceRules, map: RankedMap & { readonly state: 'ok' }): PixelGroups {
  const { pixels } = map.pixels.morf
  const edge = (group: number) => Math.floor((group * pixels.length) / groups)
  const members = Array.from({ length: groups }, (_, group) => pixels.subarray(edge(group), edge(group + 1)))
  return {
    masks: members.map(own => {
      const mask = new Uint8Array(pixels.length)
      for (const pixel of own) mask[pixel] = 1
      return mask
    }),
    attribution: members.map(own => own.reduce((sum, pixel) => sum + map.values[pixel]!, 0)),
  }
}

/**
 * The metrics of what the removal of a map's own groups of pixels does.
 *
 * @param fall by how much the probability of the explained class falls without each group
 */
export function measureCoherence({ attribution }: PixelGroups, fall: readonly number[]): GroupColumns {
  const effects = { attribution, fall }
  return { state: 'ok', values: valuesOf(registry.coherence, effects) }
}
