import type { Sample, Thing } from '@vitrine/datasets/sample'
import { isSampled } from '@vitrine/explainers'
import { hash32, type MethodChoice } from '@vitrine/explainers/run'

import {
  boxOnInput,
  type DiagnosticRules,
  followPaths,
  type InputImage,
  imageTruth,
  objectOnInput,
  type Path,
  type Protocol,
  sharedSteps,
  type Walk,
} from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import {
  affordable,
  cellsPerImage,
  type ExplainedCells,
  type ExplainedStart,
  isDear,
  notExplained,
} from './explained.ts'
import { groupCells } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { explainSteps, type Step } from './steps.ts'
import { truthOf } from './truth.ts'

/** An image of a batch, and what is known of it before its maps are followed along paths. */
export interface PathStart extends ExplainedStart {
  /** Of the predicted class, or of what is explained of it. */
  readonly probability: number
  /** Per method key, the raw map of the predicted class. */
  readonly predicted: ReadonlyMap<string, Float32Array>
  /** The images that a removal path leaves along a method's own order; none where its map ranks nothing. */
  removal(method: MethodChoice, path: Path & { readonly kind: 'removal' }): Iterable<Float32Array>
}

/** What the paths that all methods share need of an image. */
export function walkOf(protocol: Protocol, sample: Sample, predicted: number, input: InputImage, seed: number): Walk {
  const { object, grid } = imageTruth(protocol, truthOf(sample, protocol.localization.objects, predicted), input)
  const shown = object ? objectOnInput(object, grid, input) : new Uint8Array(input.width * input.height)
  const distractor = greatestDistractor(sample)
  return {
    image: input,
    object: shown,
    distractor: distractor ? boxOnInput(distractor.box, sample.image, input) : null,
    seed: hash32(`${seed} ${sample.id} noise`),
  }
}

/** The distractor with the largest box, since its picture covers an object best; none where the sample has no distractors. */
const greatestDistractor = ({ distractors = [] }: Sample): Thing | undefined =>
  distractors.toSorted((a, b) => areaOf(b) - areaOf(a))[0]

const areaOf = ({ box: [xmin, ymin, xmax, ymax] }: Thing): number => (xmax - xmin) * (ymax - ymin)

/** What covers the object of a sample along the path of occlusion. */
function occluderOf(sample: Sample): 'distractor' | 'elsewhere' | null {
  if (sample.objects.length === 0) return null
  return greatestDistractor(sample) ? 'distractor' : 'elsewhere'
}

/** Maps and confidence of a method on one image: first of the image itself, then of each step of the paths. */
interface Followed {
  readonly maps: Float32Array[]
  readonly probability: number[]
}

async function follow<Image extends PathStart>(
  run: ModelRun,
  protocol: Protocol,
  rules: DiagnosticRules,
  methods: readonly MethodChoice[],
  images: readonly Image[],
  seed: number,
): Promise<ReadonlyMap<Image, ReadonlyMap<string, Followed>>> {
  const { imageSize } = run.model.transformer.input
  const followed = new Map(
    images.map(image => [
      image,
      new Map(
        methods.map(({ key }): [string, Followed] => [
          key,
          { maps: [image.predicted.get(key) ?? new Float32Array(0)], probability: [image.probability] },
        ]),
      ),
    ]),
  )

  function* stepsOf(path: Path, method?: MethodChoice): Generator<Step<Image>> {
    for (const image of images) {
      const target = image.classes.predicted
      if (path.kind !== 'removal') {
        const walk = walkOf(protocol, image.sample, target, { ...imageSize, values: image.pixels }, seed)
        for (const pixels of sharedSteps(path, walk)) yield { image, pixels, target }
      } else if (method && (image.wanted || !isSampled(method.explainer))) {
        for (const pixels of image.removal(method, path)) yield { image, pixels, target }
      }
    }
  }

  for (const path of rules.paths) {
    const rounds = path.kind === 'removal' ? methods.map(method => [method]) : [methods]
    for (const round of rounds) {
      for await (const { image, probability, maps } of explainSteps(run, round, stepsOf(path, round[0]), seed)) {
        for (const [key, map] of maps) {
          const entry = followed.get(image)?.get(key)
          entry?.maps.push(map)
          entry?.probability.push(probability)
        }
      }
    }
  }
  return followed
}

/**
 * Follows maps and confidence along a protocol's paths: one explanation for each step. A sampled method whose explanation takes more passes
 * than the protocol's budget is not followed, and its images are in the state `too-dear`.
 *
 * @returns per image, per method key
 */
export async function measurePaths(
  run: ModelRun,
  protocol: Protocol,
  rules: DiagnosticRules,
  methods: readonly MethodChoice[],
  images: readonly PathStart[],
  seed: number,
): Promise<ReadonlyMap<string, ExplainedCells>[]> {
  const { pathBudget } = rules
  const followed = await follow(run, protocol, rules, affordable(pathBudget, methods, images), images, seed)
  const occludes = rules.paths.some(({ kind }) => kind === 'occlusion')
  return cellsPerImage(images, methods, (method, image) => {
    const path = isDear(pathBudget, method, image) ? undefined : followed.get(image)?.get(method.key)
    if (!path) return notExplained('frozen', 'predicted', 'too-dear')
    const cells = groupCells('frozen', 'predicted', followPaths(path.maps, path.probability))
    const covered: Record<string, Cell> = occludes ? { 'frozen.predicted.occluder': occluderOf(image.sample) } : {}
    return { cells: { ...cells, ...covered }, explanations: path.maps.length - 1 }
  })
}
