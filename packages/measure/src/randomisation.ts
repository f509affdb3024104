import { hash32, type MethodChoice } from '@vitrine/explainers/run'
import { measureRandomisation, type RandomisationRules } from '@vitrine/metrics'
import { affordable, cellsPerImage, type ExplainedCells, isDear, notExplained } from './explained.ts'
import { heatmapOf } from './heatmap.ts'
import { groupCells } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { parametersByPart, randomWeights } from './random-model.ts'
import type { MappedStart } from './robustness.ts'
import { mapsOfSteps, type Step } from './steps.ts'

/** A class of the model other than the predicted one, drawn for an image; none of a model with one class. */
export function randomClass(classes: number, { sample, classes: { predicted } }: MappedStart, seed: number) {
  if (classes < 2) return
  const drawn = hash32(`${seed} ${sample.id} random class`) % (classes - 1)
  return drawn < predicted ? drawn : drawn + 1
}

/**
 * Explains the predicted class of each image again by the model with more and more of its parameters random, and a random class by the model as it
 * is. All images are explained by the same random models, one after the other. The images of a method that is dearer than the budget are in the
 * state `too-dear`.
 *
 * @returns per image, per method key
 */
export async function measureRandomModels(
  run: ModelRun,
  { budget }: RandomisationRules,
  methods: readonly MethodChoice[],
  images: readonly MappedStart[],
  seed: number,
): Promise<ReadonlyMap<string, ExplainedCells>[]> {
  const { model } = run
  const { transformer } = model
  const asked = affordable(budget, methods, images)
  const mapsOf = (by: ModelRun, target: (image: MappedStart) => number | undefined) => {
    const steps = images.flatMap((image): Step<MappedStart>[] => {
      const explained = target(image)
      return explained === undefined ? [] : [{ image, pixels: image.pixels, target: explained }]
    })
    return mapsOfSteps(by, asked, steps, seed)
  }
  const others = await mapsOf(run, image => randomClass(transformer.classes, image, seed))
  const stages: (typeof others)[] = []
  if (asked.length > 0)
    for (const weights of randomWeights(model.weights, parametersByPart(transformer), seed)) {
      const random = run.withWeights(weights)
      try {
        stages.push(await mapsOf(random, image => image.classes.predicted))
      } finally {
        await random.dispose()
      }
    }
  return cellsPerImage(images, methods, (method, image) => {
    const { key, explainer } = method
    const heatmap = (values: Float32Array) => heatmapOf(transformer, explainer, values)
    const own = image.maps.get(key)
    const random = stages.flatMap(stage => stage.get(image)?.get(key) ?? [])
    if (isDear(budget, method, image) || !own || random.length === 0)
      return notExplained('randomisation', 'predicted', 'too-dear')
    const [other] = others.get(image)?.get(key) ?? []
    const measured = measureRandomisation({
      original: heatmap(own.predicted),
      stages: random.map(heatmap),
      otherClass: other && heatmap(other),
    })
    const explanations = random.length + (other ? 1 : 0)
    return { cells: groupCells('randomisation', 'predicted', measured), explanations }
  })
}
