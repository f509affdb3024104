import { hash32, type MethodChoice } from '@vitrine/explainers/run'
import { imageDistance, measureRobustness, type NeighbourMap, neighbours, type RobustnessRules } from '@vitrine/metrics'
import {
  affordable,
  cellsPerImage,
  type ExplainedCells,
  type ExplainedStart,
  isDear,
  notExplained,
} from './explained.ts'
import { heatmapOf } from './heatmap.ts'
import { groupCells, type MapsOfImage } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { mapsOfSteps, type Step } from './steps.ts'

/** An image with its maps. */
export interface MappedStart extends ExplainedStart {
  /** Per method key. */
  readonly maps: ReadonlyMap<string, MapsOfImage>
}

/**
 * Explains the predicted class of each image again on images close to it, which are the same for all methods. The images of a method that is
 * dearer than the budget are in the state `too-dear`.
 *
 * @returns per image, per method key
 */
export async function measureCloseImages(
  run: ModelRun,
  rules: RobustnessRules,
  methods: readonly MethodChoice[],
  images: readonly MappedStart[],
  seed: number,
): Promise<ReadonlyMap<string, ExplainedCells>[]> {
  const { transformer } = run.model
  const distances = new Map(images.map(image => [image, [] as number[]]))
  function* steps(): Generator<Step<MappedStart>> {
    for (const image of images)
      for (const pixels of neighbours(rules, image.pixels, hash32(`${seed} ${image.sample.id} close images`))) {
        distances.get(image)?.push(imageDistance(image.pixels, pixels))
        yield { image, pixels, target: image.classes.predicted }
      }
  }
  const found = await mapsOfSteps(run, affordable(rules.budget, methods, images), steps(), seed)
  return cellsPerImage(images, methods, (method, image) => {
    const { key, explainer } = method
    const [own, maps] = [image.maps.get(key), found.get(image)?.get(key)]
    if (isDear(rules.budget, method, image) || !own || !maps) return notExplained('robustness', 'predicted', 'too-dear')
    const close = maps.map((map, i): NeighbourMap => {
      return { heatmap: heatmapOf(transformer, explainer, map), distance: distances.get(image)?.[i] ?? Number.NaN }
    })
    const measured = measureRobustness(heatmapOf(transformer, explainer, own.predicted), close)
    return { cells: groupCells('robustness', 'predicted', measured), explanations: maps.length }
  })
}
