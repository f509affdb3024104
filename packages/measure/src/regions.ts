import { hash32, type MethodChoice } from '@vitrine/explainers/run'
import {
  type EffectRules,
  type ImageRegions,
  listRegions,
  measureEffects,
  type Removal,
  regionMask,
  regionsOf,
  takesPatches,
} from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { PassedSample } from './explain-batch.ts'
import { heatmapOf } from './heatmap.ts'
import { groupCells, type MapsOfImage } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { perClass } from './per-class.ts'

/** The regions of one image, and what the model says without each: the same for all methods. */
export interface RegionPasses {
  readonly regions: ImageRegions
  /** Class probabilities without each of `listRegions`. */
  readonly rows: readonly Float32Array[]
}

/** Runs an image without each of its regions. */
export async function runRegions(
  { model: { transformer } }: ModelRun,
  rules: EffectRules,
  removal: Removal,
  { sample, passes }: Pick<PassedSample, 'sample' | 'passes'>,
  seed: number,
): Promise<RegionPasses> {
  const { imageSize, patchSize } = transformer.input
  const patches = { width: imageSize.width / patchSize.width, height: imageSize.height / patchSize.height }
  const regions = regionsOf(rules, patches, hash32(`${seed} ${sample.id} regions`))
  const size = takesPatches(removal) ? patches : imageSize
  const removed = listRegions(regions).map(region => ({ removal, mask: regionMask(region, size) }))
  return { regions, rows: await passes.without(removed) }
}

/** What a method's maps say of the regions of an image. */
export function regionCells(
  { model: { transformer } }: ModelRun,
  rules: EffectRules,
  { regions, rows }: RegionPasses,
  { classes, probabilities }: Pick<PassedSample, 'classes' | 'probabilities'>,
  { explainer }: MethodChoice,
  maps: MapsOfImage,
): Record<string, Cell> {
  const found = perClass((explained, target) => {
    const falls = rows.map(row => (probabilities[explained] ?? Number.NaN) - (row[explained] ?? Number.NaN))
    return measureEffects(heatmapOf(transformer, explainer, maps[target]), regions, falls)
  }, classes)
  return Object.assign({}, ...rules.targets.map(target => groupCells('effects', target, found(target))))
}
