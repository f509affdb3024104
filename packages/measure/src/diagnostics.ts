import type { Sample, Thing } from '@vitrine/datasets'
import { hash32, isSampled, type MethodChoice } from '@vitrine/explainers'
import {
  applyMask,
  boxOnInput,
  type FailureRules,
  type FamilyColumns,
  followPaths,
  type InputImage,
  measureMap,
  measurePair,
  objectOnInput,
  type Path,
  type PixelMask,
  type Protocol,
  removalMasks,
  type Scene,
  sceneOf,
  sharedSteps,
  type Target,
  type Walk,
} from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { Engine } from './explain.ts'
import { heatmapOf } from './heatmap.ts'
import { perClass } from './per-class.ts'
import { objectMask, truthOf } from './truth.ts'

/** An image of a batch with its maps. */
export interface Mapped {
  readonly sample: Sample
  /** `[3, height, width]`, normalised. */
  readonly pixels: Float32Array
  readonly classes: Readonly<Record<Target, number>>
  /** Of the predicted class. */
  readonly probability: number
  /** Raw maps per method key. */
  readonly maps: ReadonlyMap<string, Readonly<Record<Target, Float32Array>>>
  /** Per method key, the masks of the MoRF curve of the predicted class; none where the map ranks nothing. */
  readonly morf: ReadonlyMap<string, readonly PixelMask[]>
  /** Per method key, what an explanation took as a multiple of a forward pass, where that was counted. */
  readonly costs: ReadonlyMap<string, number>
}

/** What is stored of the failures of one method on one image. */
export interface FailureCells {
  readonly cells: Readonly<Record<string, Cell>>
  /** How many more explanations it took. */
  readonly explanations: number
  /** The raw map of the other object's class, of a method that asks for a class, where that is not the predicted one's. */
  readonly other?: Float32Array | undefined
}

/** One more explanation to make. */
interface Step {
  readonly image: Mapped
  readonly pixels: Float32Array
  readonly target: number
}

interface Found {
  readonly image: Mapped
  /** Of the step's target. */
  readonly probability: number
  readonly maps: ReadonlyMap<string, Float32Array>
}

/** Explains steps in batches, drawing them only as they are needed. */
async function* explainSteps(
  engine: Engine,
  methods: readonly MethodChoice[],
  steps: Iterable<Step>,
  seed: number,
): AsyncGenerator<Found> {
  const explain = async (batch: readonly Step[]): Promise<Found[]> => {
    const size = batch[0]?.pixels.length ?? 0
    const pixels = new Float32Array(batch.length * size)
    batch.forEach((step, i) => {
      pixels.set(step.pixels, i * size)
    })
    const images = {
      ids: batch.map(({ image }) => image.sample.id),
      pixels,
      truth: (i: number, target: number) => {
        const step = batch[i]
        if (!step) throw new RangeError(`[vitrine] [runner] no step ${i} among ${batch.length}`)
        return objectMask(step.image.sample, target)
      },
    }
    const targets = Int32Array.from(batch, ({ target }) => target)
    const { probabilities, maps } = await engine.explain(methods, images, seed, targets)
    return batch.map(({ image, target }, i) => ({
      image,
      probability: probabilities[i]?.[target] ?? Number.NaN,
      maps: new Map(methods.map(({ key }) => [key, maps.get(key)?.[i] ?? new Float32Array(0)])),
    }))
  }
  let batch: Step[] = []
  for (const step of steps) {
    batch.push(step)
    if (batch.length < engine.batch) continue
    yield* await explain(batch)
    batch = []
  }
  if (batch.length > 0) yield* await explain(batch)
}

/** What the paths that all methods share need of an image. */
export function walkOf(protocol: Protocol, sample: Sample, predicted: number, input: InputImage, seed: number): Walk {
  const { object, grid } = sceneOf(protocol, truthOf(sample, protocol.localization.objects, predicted), input)
  const shown = object ? objectOnInput(object, grid, input) : new Uint8Array(input.width * input.height)
  const distractor = greatestDistractor(sample)
  return {
    image: input,
    object: shown,
    distractor: distractor ? boxOnInput(distractor.box, sample.image, input) : null,
    seed: hash32(`${seed} ${sample.id} noise`),
  }
}

/** Of the things of no class, the one with the greatest box, as it has the most to cover an object with. */
const greatestDistractor = ({ distractors = [] }: Sample): Thing | undefined =>
  distractors.toSorted((a, b) => areaOf(b) - areaOf(a))[0]

const areaOf = ({ box: [xmin, ymin, xmax, ymax] }: Thing): number => (xmax - xmin) * (ymax - ymin)

/** What covers the object of a sample along the path of occlusion. */
function occluderOf(sample: Sample): 'distractor' | 'elsewhere' | null {
  if (sample.objects.length === 0) return null
  return greatestDistractor(sample) ? 'distractor' : 'elsewhere'
}

/** Maps and confidence of a method on an image: of the image itself, then of each step of the paths. */
interface Followed {
  readonly maps: Float32Array[]
  readonly probability: number[]
}

type ByMethod<T> = ReadonlyMap<Mapped, ReadonlyMap<string, T>>

async function follow(
  engine: Engine,
  protocol: Protocol,
  rules: FailureRules,
  methods: readonly MethodChoice[],
  images: readonly Mapped[],
  inputOf: (image: Mapped) => InputImage,
  seed: number,
): Promise<ByMethod<Followed>> {
  const followed = new Map(
    images.map(image => [
      image,
      new Map(
        methods.map(({ key }): [string, Followed] => [
          key,
          { maps: [image.maps.get(key)?.predicted ?? new Float32Array(0)], probability: [image.probability] },
        ]),
      ),
    ]),
  )

  function* walked(path: Path, method?: MethodChoice): Generator<Step> {
    for (const image of images) {
      const target = image.classes.predicted
      if (path.kind !== 'removal') {
        const walk = walkOf(protocol, image.sample, target, inputOf(image), seed)
        for (const pixels of sharedSteps(path, walk)) yield { image, pixels, target }
      } else {
        const masks = image.morf.get(method?.key ?? '')
        if (!masks) continue
        for (const mask of removalMasks(protocol, path, masks)) {
          yield { image, pixels: applyMask(image.pixels, mask), target }
        }
      }
    }
  }

  for (const path of rules.paths) {
    const rounds = path.kind === 'removal' ? methods.map(method => [method]) : [methods]
    for (const round of rounds) {
      for await (const { image, probability, maps } of explainSteps(engine, round, walked(path, round[0]), seed)) {
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

/** The class of another object of a two-object image. */
export const otherClass = ({ objects, label }: Sample): number | undefined =>
  objects.find(o => o.label !== label)?.label

/** Maps of the other object's class. A class-agnostic method is asked too, so that it is measured and not believed. */
async function explainOthers(
  engine: Engine,
  methods: readonly MethodChoice[],
  images: readonly Mapped[],
  seed: number,
): Promise<ByMethod<Float32Array>> {
  const found = new Map(images.map(image => [image, new Map<string, Float32Array>()]))
  const groups = Map.groupBy(methods, ({ explainer }) => explainer.classSpecific)
  for (const [specific, group] of groups) {
    const steps = images.flatMap((image): Step[] => {
      const target = otherClass(image.sample)
      const known = specific && target === image.classes.predicted
      return target === undefined || known ? [] : [{ image, pixels: image.pixels, target }]
    })
    for await (const { image, maps } of explainSteps(engine, group, steps, seed)) {
      for (const [key, map] of maps) found.get(image)?.set(key, map)
    }
  }
  return found
}

function cellsOf<Values extends object>(
  family: string,
  target: Target,
  found: FamilyColumns<Values>,
): Record<string, Cell> {
  const values = found.state === 'ok' ? Object.entries(found.values) : []
  return {
    [`${family}.${target}.state`]: found.state,
    ...Object.fromEntries(values.map(([name, value]) => [`${family}.${target}.${name}`, value as Cell])),
  }
}

/**
 * Measures how the maps of a batch of images fail. Per image: the metrics of its maps from nothing more; an explanation of the other
 * class where it shows two; and an explanation for each step of the protocol's paths.
 *
 * @returns per image, per method key
 */
export async function measureFailures(
  engine: Engine,
  protocol: Protocol,
  rules: FailureRules,
  methods: readonly MethodChoice[],
  images: readonly Mapped[],
  seed: number,
): Promise<ReadonlyMap<string, FailureCells>[]> {
  const { transformer } = engine.model
  const inputOf = ({ pixels }: Mapped): InputImage => ({ ...transformer.config.imageSize, values: pixels })
  const heatmap = ({ explainer }: MethodChoice, values: Float32Array) => heatmapOf(transformer, explainer, values)
  // A method that is one program costs a few passes; what a sampled one takes was counted.
  const dear = ({ key, explainer }: MethodChoice): boolean =>
    isSampled(explainer) && images.some(({ costs }) => (costs.get(key) ?? 0) > rules.pathBudget)
  const cheap = methods.filter(method => !dear(method))
  const others = await explainOthers(engine, methods, images, seed)
  const followed = await follow(engine, protocol, rules, cheap, images, inputOf, seed)
  const occludes = rules.paths.some(({ kind }) => kind === 'occlusion')

  return images.map(image => {
    const { sample, classes, maps } = image
    const scenes = new Map<number, Scene>()
    const sceneAt = (explained: number): Scene => {
      const known = scenes.get(explained)
      const scene =
        known ?? sceneOf(protocol, truthOf(sample, protocol.localization.objects, explained), inputOf(image))
      scenes.set(explained, scene)
      return scene
    }
    const cells = methods.map((method): [string, FailureCells] => {
      const mine = maps.get(method.key)
      if (!mine) return [method.key, { cells: {}, explanations: 0 }]
      const measured = perClass(
        (explained, target) => measureMap(rules, heatmap(method, mine[target]), sceneAt(explained)),
        classes,
      )
      const ofMaps = rules.targets.flatMap(target => {
        const found = measured(target)
        return Object.entries(found).map(([family, columns]) => cellsOf(family, target, columns))
      })
      const other = otherClass(sample)
      const asked = others.get(image)?.get(method.key)
      const pair =
        other === undefined
          ? {}
          : cellsOf(
              'discrimination',
              'label',
              measurePair(
                { heatmap: heatmap(method, mine.label), scene: sceneAt(sample.label) },
                { heatmap: heatmap(method, asked ?? mine.predicted), scene: sceneAt(other) },
              ),
            )
      const path = followed.get(image)?.get(method.key)
      const frozen = path ? followPaths(path.maps, path.probability) : ({ state: 'too-dear' } as const)
      const covered = path && occludes ? { 'frozen.predicted.occluder': occluderOf(sample) } : {}
      const explanations = (asked ? 1 : 0) + (path ? path.maps.length - 1 : 0)
      return [
        method.key,
        {
          cells: Object.assign({}, ...ofMaps, pair, cellsOf('frozen', 'predicted', frozen), covered),
          explanations,
          other: method.explainer.classSpecific ? asked : undefined,
        },
      ]
    })
    return new Map(cells)
  })
}
