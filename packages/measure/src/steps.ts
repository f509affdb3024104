import { scoreOf } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import type { MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { objectMask } from './truth.ts'

/** An image that is explained in several steps. */
export interface SteppedSample extends MeasuredSample {
  /** Whether its maps are wanted. The steps of the others keep their rows in the batches and are run only beside wanted ones. */
  readonly wanted: boolean
}

/** One more explanation to make. */
export interface Step<Image extends SteppedSample> {
  readonly image: Image
  readonly pixels: Float32Array
  readonly target: number
}

interface ExplainedStep<Image extends SteppedSample> {
  readonly image: Image
  /** Of the step's target. */
  readonly probability: number
  readonly maps: ReadonlyMap<string, Float32Array>
}

/**
 * Explains the steps of wanted images in full batches; without methods nothing is run. Steps are made one batch at a time, so that the pixels of a
 * path are never all in memory.
 */
export async function* explainSteps<Image extends SteppedSample>(
  run: ModelRun,
  methods: readonly MethodChoice[],
  steps: Iterable<Step<Image>>,
  seed: number,
): AsyncGenerator<ExplainedStep<Image>> {
  if (methods.length === 0) return
  const explain = async (batch: readonly Step<Image>[]): Promise<ExplainedStep<Image>[]> => {
    if (!batch.some(({ image }) => image.wanted)) return []
    const size = batch[0]?.pixels.length ?? 0
    const pixels = new Float32Array(batch.length * size)
    batch.forEach((step, i) => {
      pixels.set(step.pixels, i * size)
    })
    const images = {
      ids: batch.map(({ image }) => image.sample.id),
      pixels,
      wanted: (i: number) => batch[i]?.image.wanted ?? false,
      truth: (i: number, target: number) => {
        const step = batch[i]
        if (!step) throw new RangeError(`[vitrine] [measure] no step ${i} among ${batch.length}`)
        return objectMask(step.image.sample, target)
      },
    }
    const targets = Int32Array.from(batch, ({ target }) => target)
    const { targets: asked, probabilities, maps } = await run.explain(methods, images, seed, targets)
    return batch.flatMap(({ image, target }, i): ExplainedStep<Image>[] => {
      if (!image.wanted) return []
      const probability = scoreOf(asked[i] ?? target, probabilities[i] ?? [])
      const own = methods.map(({ key }) => [key, maps.get(key)?.[i] ?? new Float32Array(0)] as const)
      return [{ image, probability, maps: new Map(own) }]
    })
  }
  let batch: Step<Image>[] = []
  for (const step of steps) {
    batch.push(step)
    if (batch.length < run.batch) continue
    yield* await explain(batch)
    batch = []
  }
  if (batch.length > 0) yield* await explain(batch)
}

/** The maps of each image's steps by method key, in the order of the steps. */
export async function mapsOfSteps<Image extends SteppedSample>(
  run: ModelRun,
  methods: readonly MethodChoice[],
  steps: Iterable<Step<Image>>,
  seed: number,
): Promise<ReadonlyMap<Image, ReadonlyMap<string, readonly Float32Array[]>>> {
  const found = new Map<Image, Map<string, Float32Array[]>>()
  for await (const { image, maps } of explainSteps(run, methods, steps, seed)) {
    const own = found.get(image) ?? new Map<string, Float32Array[]>()
    found.set(image, own)
    for (const [key, map] of maps) {
      const list = own.get(key) ?? []
      own.set(key, list)
      list.push(map)
    }
  }
  return found
}
