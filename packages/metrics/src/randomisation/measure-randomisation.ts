import { attributionOf } from '../map/attribution.ts'
import { stateOf } from '../map/heatmap.ts'
import { valuesOf } from '../metric.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap } from '../types.ts'

/** Maps of one image and method. */
export interface RandomisedHeatmaps {
  readonly original: Heatmap
  /** With more and more parameters random; with all of them in the last. At least one. */
  readonly stages: readonly Heatmap[]
  /** Of another class, where there is one. */
  readonly otherClass?: Heatmap | undefined
}

/** The metrics of what a map has to do with the model. A stage may rank nothing: a model that knows nothing need not make a map. */
export function measureRandomisation({ original, stages, otherClass }: RandomisedHeatmaps): GroupColumns {
  const state = stateOf([original, ...stages, ...(otherClass ? [otherClass] : [])], [original])
  if (state !== 'ok') return { state }
  const maps = {
    original: attributionOf(original),
    stages: stages.map(attributionOf),
    otherClass: otherClass && attributionOf(otherClass),
  }
  return { state: 'ok', values: valuesOf(registry.randomisation, maps) }
}
