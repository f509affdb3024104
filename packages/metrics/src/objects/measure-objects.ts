import { fineMassOf } from '../map/compared-map.ts'
import { readyMap } from '../map/heatmap.ts'
import { valuesOf } from '../metric.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap, Size } from '../types.ts'

/** A thing that is seen in an image. */
export interface SeenThing {
  /** 1 where it is seen, `[height, width]` of the image. */
  readonly mask: Uint8Array
  /** By how much the probability of the explained class falls when the scene is rendered without it. */
  readonly fall: number
}

/**
 * The metrics of what the removal of things from a scene does.
 *
 * @param size of the annotated image
 * @throws {MetricError} if the heatmap is malformed
 */
export function measureObjects(heatmap: Heatmap, things: readonly SeenThing[], size: Size): GroupColumns {
  const ready = readyMap(heatmap, size)
  if (ready.state !== 'ok') return { state: ready.state }
  if (things.length < 2) return { state: 'too-few' }
  const mass = fineMassOf(heatmap, ready.values, size)
  const attribution = things.map(({ mask }) => mask.reduce((sum, seen, p) => (seen === 1 ? sum + mass[p]! : sum), 0))
  const effects = { attribution, fall: things.map(({ fall }) => fall) }
  return { state: 'ok', values: valuesOf(registry.objects, effects) }
}
