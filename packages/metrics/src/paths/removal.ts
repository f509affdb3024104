import { MetricError } from '../errors.ts'
import type { PixelMask } from '../faithfulness/ties.ts'
import type { Path, Protocol } from '../protocol.ts'

/**
 * Which pixels a removal takes at each of its steps.
 *
 * @param masks those of the method's MoRF curve, one per step of the protocol's faithfulness
 * @throws {MetricError} if the path asks for a step that the curve does not have
 */
export function removalMasks(
  { faithfulness }: Protocol,
  { steps }: Extract<Path, { kind: 'removal' }>,
  masks: readonly PixelMask[],
): PixelMask[] {
  return steps.map(share => {
    const mask = masks[faithfulness.steps.indexOf(share)]
    if (!mask)
      throw new MetricError('paths', `expected one of the steps ${faithfulness.steps.join(', ')}, got ${share}`)
    return mask
  })
}
