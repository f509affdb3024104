import type { Sample } from '@vitrine/datasets/sample'
import type { MethodChoice } from '@vitrine/explainers/run'
import { targetsOf } from '@vitrine/metrics'
import { sizeOf } from '@vitrine/tensor'
import { type Rankings, rankingsOf } from './faithfulness.ts'
import type { MeasureOptions } from './image.ts'
import { type MapsOfImage, type MeasuredSample, otherClass } from './map-columns.ts'
import { writeInput } from './model-input.ts'
import { type ImageBatch, largest, type ModelRun } from './model-run.ts'
import { type ImagePasses, imagePasses } from './passes.ts'
import { explainSteps, type Step } from './steps.ts'
import { objectMask } from './truth.ts'

/** An image, and what is asked of it more than once. */
export interface PassedSample extends Required<MeasuredSample> {
  /** Of the image itself, per class. */
  readonly probabilities: Float32Array
  readonly rankings: Rankings
  readonly passes: ImagePasses
}

/** An image of a batch with its maps. */
export interface Explained extends PassedSample {
  readonly maps: Map<string, MapsOfImage>
  readonly costs: ReadonlyMap<string, number>
  /** Whether it is to be measured. */
  readonly wanted: boolean
}

/** The maps of the predicted class, and of the label where that is another class and a protocol asks for it. */
export async function explainBatch(
  run: ModelRun,
  methods: readonly MethodChoice[],
  samples: readonly Sample[],
  { protocols, seed, wanted }: Pick<MeasureOptions, 'protocols' | 'seed' | 'wanted'>,
): Promise<Explained[]> {
  const size = sizeOf(run.model.transformer.imageShape(1))
  const pixels = new Float32Array(samples.length * size)
  samples.forEach((sample, i) => {
    writeInput(run.model, sample.image, pixels.subarray(i * size, (i + 1) * size))
  })
  const isWanted = samples.map(({ id }) => wanted?.has(id) ?? true)
  const batchOf = (indices: readonly number[], data: Float32Array): ImageBatch => ({
    ids: indices.map(i => samples[i]?.id ?? ''),
    pixels: data,
    wanted: i => isWanted[indices[i] ?? -1] ?? false,
    truth: (i, target) => {
      const sample = samples[indices[i] ?? -1]
      if (!sample) throw new RangeError(`[vitrine] [measure] no image ${i} among ${indices.length}`)
      return objectMask(sample, target)
    },
  })
  const own = await run.explain(methods, batchOf([...samples.keys()], pixels), seed)
  const predicted = own.probabilities.map(largest)

  const specific = methods.filter(m => m.explainer.classSpecific)
  const wrong = samples.flatMap((sample, i) => (predicted[i] === sample.label ? [] : [i]))
  const needed = specific.length > 0 || run.against !== undefined
  const others = targetsOf(...protocols).includes('label') && needed ? wrong : []
  const ofLabel = await explainLabels(others)

  async function explainLabels(indices: readonly number[]) {
    if (!indices.some(index => isWanted[index])) return undefined
    const part = new Float32Array(indices.length * size)
    indices.forEach((index, i) => {
      part.set(pixels.subarray(index * size, (index + 1) * size), i * size)
    })
    const labels = Int32Array.from(indices, index => samples[index]?.label ?? 0)
    return run.explain(specific, batchOf(indices, part), seed, labels)
  }

  return samples.map((sample, i): Explained => {
    const maps = new Map(
      methods.map(({ key }): [string, MapsOfImage] => {
        const map = own.maps.get(key)?.[i] ?? new Float32Array(0)
        return [key, { predicted: map, label: ofLabel?.maps.get(key)?.[others.indexOf(i)] ?? map }]
      }),
    )
    const classes = { predicted: predicted[i] ?? 0, label: sample.label }
    const ofPredicted = own.targets[i] ?? classes.predicted
    const isRight = classes.predicted === classes.label
    const asked = {
      predicted: ofPredicted,
      label: isRight ? ofPredicted : (ofLabel?.targets[others.indexOf(i)] ?? classes.label),
    }
    const image = { sample, pixels: pixels.subarray(i * size, (i + 1) * size), classes, asked }
    const probabilities = own.probabilities[i] ?? new Float32Array(0)
    return {
      ...image,
      rankings: rankingsOf(run, image, maps, seed),
      passes: imagePasses(run, image, probabilities, seed),
      probabilities,
      maps,
      costs: new Map([...own.costs].map(([key, perImage]) => [key, perImage[i] ?? 0])),
      wanted: isWanted[i] ?? false,
    }
  })
}

/**
 * Adds the maps of the other object's class to two-object images. A class-agnostic method is asked too, so that it is measured and not
 * believed; the map of a class-specific one is known where the other class is the predicted one.
 */
export async function explainOthers(
  run: ModelRun,
  methods: readonly MethodChoice[],
  images: readonly Explained[],
  seed: number,
): Promise<void> {
  const groups = Map.groupBy(methods, ({ explainer }) => explainer.classSpecific)
  for (const [specific, group] of groups) {
    const steps = images.flatMap((image): Step<Explained>[] => {
      const target = otherClass(image.sample)
      const known = specific && target === image.classes.predicted
      return target === undefined || known ? [] : [{ image, pixels: image.pixels, target }]
    })
    for await (const { image, maps } of explainSteps(run, group, steps, seed)) {
      for (const [key, other] of maps) {
        const mine = image.maps.get(key)
        if (mine) image.maps.set(key, { ...mine, other })
      }
    }
  }
}
