import type { RgbImage, Sample } from '@vitrine/datasets/sample'
import type { MethodChoice } from '@vitrine/explainers/run'
import { type DiagnosticRules, measureObjects } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { PassedSample } from './explain-batch.ts'
import { heatmapOf } from './heatmap.ts'
import { groupCells, type MapsOfImage } from './map-columns.ts'
import { writeInput } from './model-input.ts'
import type { ModelRun } from './model-run.ts'
import { perClass } from './per-class.ts'

/** The things of one scene, and what the model says of the scene without each: the same for all methods. */
export interface ThingPasses {
  readonly masks: readonly Uint8Array[]
  /** Class probabilities without each. */
  readonly rows: readonly Float32Array[]
}

/**
 * Runs a scene without each of its things.
 *
 * @param without the scene without each of its objects, then without each of its distractors
 */
export async function runThings(
  run: ModelRun,
  { objects, distractors = [] }: Sample,
  without: readonly RgbImage[],
): Promise<ThingPasses> {
  const masks = [...objects, ...distractors].flatMap(({ mask }) => (mask ? [mask] : []))
  if (masks.length !== without.length)
    throw new RangeError(`[vitrine] [measure] things: expected ${masks.length} scenes, got ${without.length}`)
  const rows = await run.probabilities(without.length, (i, out) => {
    const image = without[i]
    if (image) writeInput(run.model, image, out)
  })
  return { masks, rows }
}

/** What a method's maps say of the things of a scene. */
export function thingCells(
  { model: { transformer } }: ModelRun,
  rules: DiagnosticRules,
  { masks, rows }: ThingPasses,
  { sample, classes, probabilities }: Pick<PassedSample, 'sample' | 'classes' | 'probabilities'>,
  { explainer }: MethodChoice,
  maps: MapsOfImage,
): Record<string, Cell> {
  const found = perClass((explained, target) => {
    const fall = (row: Float32Array) => (probabilities[explained] ?? Number.NaN) - (row[explained] ?? Number.NaN)
    const things = rows.flatMap((row, i) => (masks[i] ? [{ mask: masks[i], fall: fall(row) }] : []))
    return measureObjects(heatmapOf(transformer, explainer, maps[target]), things, sample.image)
  }, classes)
  return Object.assign({}, ...rules.targets.map(target => groupCells('objects', target, found(target))))
}
