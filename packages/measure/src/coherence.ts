import type { MethodChoice } from '@vitrine/explainers/run'
import { applyMask, type CoherenceRules, measureCoherence, pixelGroups } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { Rankings } from './faithfulness.ts'
import { groupCells, type MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'

/** What is stored of how the groups of a map's pixels agree with what the model loses without them. */
export interface CoherenceCells {
  readonly cells: Readonly<Record<string, Cell>>
  /** Forward passes. */
  readonly passes: number
}

/** Runs an image without each group of pixels of a method's maps: once where maps of both classes are one. */
export async function measureGroups(
  run: ModelRun,
  rules: CoherenceRules,
  method: MethodChoice,
  { pixels, classes }: MeasuredSample,
  rankings: Rankings,
  probabilities: Float32Array,
): Promise<CoherenceCells> {
  const ranked = rules.targets.map(target => ({ target, map: rankings(method, target) }))
  const cells: Record<string, Cell> = {}
  let passes = 0
  for (const [map, own] of Map.groupBy(ranked, ({ map }) => map)) {
    if (map.state !== 'ok') {
      for (const { target } of own) Object.assign(cells, groupCells('coherence', target, { state: map.state }))
      continue
    }
    const groups = pixelGroups(rules, map)
    const rows = await run.probabilities(groups.masks.length, (i, out) => {
      const mask = groups.masks[i]
      if (mask) applyMask(pixels, mask, out)
    })
    passes += rows.length
    for (const { target } of own) {
      const explained = classes[target]
      const fall = rows.map(row => (probabilities[explained] ?? Number.NaN) - (row[explained] ?? Number.NaN))
      Object.assign(cells, groupCells('coherence', target, measureCoherence(groups, fall)))
    }
  }
  return { cells, passes }
}
