import type { Explainer } from '@vitrine/explainers'
import { mapSize } from '@vitrine/explainers/run'

import type { Heatmap } from '@vitrine/metrics'
import type { ExplainableModel } from '@vitrine/models/architecture'

/** A method's map with what its values mean. */
export const heatmapOf = (model: ExplainableModel, { scale, signed }: Explainer, values: Float32Array): Heatmap => ({
  ...mapSize(model, values.length),
  values,
  scale,
  signed,
})
