import { hash32, type MethodChoice } from '@vitrine/explainers/run'
import { imageDistance, measureRobustness, type NeighbourMap, neighbours, type RobustnessRules } from '@vitrine/metrics'
import { type ExplainedCells, type ExplainedStart, isDear } from './explained.ts'
import { heatmapOf } from './heatmap.ts'
import { groupCells, type MapsOfImage } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { explainSteps, type Step } from './paths.ts'

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
  const asked = methods.filter(method => images.some(image => image.wanted && !isDear(rules.budget, method, image)))
  const distances = new Map(images.map(image => [image, [] as number[]]))
  function* steps(): Generator<Step<MappedStart>> {
    for (const image of images)
      for (const pixels of neighbours(rules, image.pixels, hash32(`${seed} ${image.sample.id} close images`))) {
        distances.get(image)?.push(imageDistance(image.pixels, pixels))
        yield { image, pixels, target: image.classes.predicted }
      }
  }
  const found = new Map(images.map(image => [image, new Map<string, Float32Array[]>()]))
  if (asked.length > 0)
    for await (const { image, maps } of explainSteps(run, asked, steps(), seed))
      for (const [key, map] of maps) {
        const own = found.get(image)
        own?.set(key, [...(own.get(key) ?? []), map])
      }
  return images.map(
    image =>
      new Map(
        (image.wanted ? methods : []).map((method): [string, ExplainedCells] => {
          const { key, explainer } = method
          const [own, maps] = [image.maps.get(key), found.get(image)?.get(key)]
          if (isDear(rules.budget, method, image) || !own || !maps)
            return [key, { cells: groupCells('robustness', 'predicted', { state: 'too-dear' }), explanations: 0 }]
          const close = maps.map((map, i): NeighbourMap => {
            return {
              heatmap: heatmapOf(transformer, explainer, map),
              distance: distances.get(image)?.[i] ?? Number.NaN,
            }
          })
          const measured = measureRobustness(heatmapOf(transformer, explainer, own.predicted), close)
          return [key, { cells: groupCells('robustness', 'predicted', measured), explanations: maps.length }]
        }),
      ),
  )
}
