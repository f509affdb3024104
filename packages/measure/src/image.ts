import type { RgbImage, Sample } from '@vitrine/datasets/sample'
import { scoreOf } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import {
  metricGroups,
  type Protocol,
  perturbationMasks,
  removalMasks,
  removalOf,
  takesPatches,
  targetsOf,
} from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import { sizeOf } from '@vitrine/tensor'
import { measureGroups } from './coherence.ts'
import { claims, completenessCells, runLogits } from './completeness.ts'
import type { ExplainedCells } from './explained.ts'
import { measureCurves, type Rankings, rankingsOf } from './faithfulness.ts'
import { groupOfMetric, type OutsideMetric } from './identity.ts'
import { measureInsertion, type PassCells } from './insertion.ts'
import { type Groups, type MapsOfImage, type MeasuredSample, mapColumns, otherClass } from './map-columns.ts'
import { writeInput } from './model-input.ts'
import { type ImageBatch, largest, type ModelRun } from './model-run.ts'
import { measureMosaics } from './mosaic.ts'
import { type ImagePasses, imagePasses } from './passes.ts'
import { explainSteps, measurePaths, type PathStart, type Step } from './paths.ts'
import { measureRandomModels } from './randomisation.ts'
import { type RegionPasses, regionCells, runRegions } from './regions.ts'
import { measureCloseImages } from './robustness.ts'
import { softMasks } from './soft-mask.ts'
import { runThings, thingCells } from './things.ts'
import { objectMask } from './truth.ts'

export interface MeasureOptions {
  readonly protocols: readonly Protocol[]
  readonly thresholds: readonly number[]
  readonly seed: number
  /** The groups of columns to make; all if absent. */
  readonly groups?: Groups | undefined
  /** Metrics that are not bundled. */
  readonly metrics?: readonly OutsideMetric[] | undefined
  /** A sample rendered again without each of its things; of a dataset that can. See `Dataset`. */
  without?(sample: Sample): Promise<readonly RgbImage[]>
  /** The samples that follow one in its dataset, each of another class: as many as a mosaic needs, or fewer where there are none. */
  others?(sample: Sample): Promise<readonly Sample[]>
  /**
   * Ids of the images to measure, all if absent. The others of the batch keep their rows in it: a row's numbers depend on its place in the
   * batch, though not on what the other rows hold.
   */
  readonly wanted?: ReadonlySet<string> | undefined
}

/** What one method's maps of one image are worth under one protocol. */
export interface Measurement {
  readonly method: string
  readonly protocol: string
  readonly cells: Readonly<Record<string, Cell>>
}

export interface MeasuredImage {
  readonly sample: Sample
  readonly predicted: number
  /** Of the predicted class. */
  readonly probability: number
  /** Raw maps per method key. */
  readonly maps: ReadonlyMap<string, MapsOfImage>
  /** Per sampled method, what the explanation of the predicted class took, as a multiple of a forward pass. */
  readonly costs: ReadonlyMap<string, number>
  readonly measurements: readonly Measurement[]
}

/** An image, and what is asked of it more than once. */
export interface PassedSample extends Required<MeasuredSample> {
  /** Of the image itself, per class. */
  readonly probabilities: Float32Array
  readonly rankings: Rankings
  readonly passes: ImagePasses
}

/** An image of a batch with its maps. */
interface Explained extends PassedSample {
  readonly maps: Map<string, MapsOfImage>
  readonly costs: ReadonlyMap<string, number>
  /** Whether it is to be measured. */
  readonly wanted: boolean
}

/**
 * Explains a batch with every method from one forward pass (a second one for labels that were not predicted) and measures it: first what is
 * run in full batches over all images, then image by image, each of which is yielded as soon as it is measured.
 */
export async function* measureBatch(
  run: ModelRun,
  methods: readonly MethodChoice[],
  samples: readonly Sample[],
  options: MeasureOptions,
): AsyncGenerator<MeasuredImage> {
  const { protocols, thresholds, seed, metrics = [] } = options
  const groups: Groups = options.groups ?? new Set([...metricGroups, ...metrics.map(one => groupOfMetric(one.metric))])
  const images = await explainBatch(run, methods, samples, options)
  const diagnosing = protocols.filter(protocol => protocol.diagnostics)
  if (diagnosing.length > 0 && groups.has('discrimination')) await explainOthers(run, methods, images, seed)
  const followed = groups.has('frozen') ? diagnosing : []
  const paths = await followPaths(run, methods, images, followed, seed)

  const explained = await explainAgain(run, methods, images, groups, options)

  for (const [i, image] of images.entries()) {
    const { sample, classes, probabilities, maps, costs } = image
    if (!image.wanted) continue
    const curves = groups.has('faithfulness')
      ? await measureCurves(methods, protocols, image, image.rankings, image.passes)
      : []
    const more = await measureWithPasses(run, methods, protocols, image, groups)
    const removed = await runRemovals(run, protocols, image, groups, options)
    const measurements = protocols.flatMap(protocol => {
      const fromMaps = mapColumns(run.model.transformer, protocol, image, { thresholds, groups, metrics })
      return methods.map((method): Measurement => {
        const further = more.get(protocol)?.get(method) ?? []
        const mine = maps.get(method.key)
        const own = curves.find(c => c.method === method.key && c.protocol === protocol.id)
        const path = paths.get(protocol.id)?.[i]?.get(method.key)
        const again = explained.flatMap(of => of(protocol)?.[i]?.get(method.key) ?? [])
        const asked = protocol.diagnostics && mine?.other ? 1 : 0
        return {
          method: method.key,
          protocol: protocol.id,
          cells: {
            correct: classes.predicted === classes.label,
            ...(mine && fromMaps(method, mine)),
            ...own?.cells,
            ...path?.cells,
            ...Object.assign({}, ...further.map(({ cells }) => cells)),
            ...(mine && removed(protocol, method, mine)),
            passes: further.reduce((sum, { passes }) => sum + passes, own?.passes ?? 0),
            ...Object.assign({}, ...again.map(({ cells }) => cells)),
            explanations: again.reduce(
              (sum, { explanations }) => sum + explanations,
              asked + (path?.explanations ?? 0),
            ),
          },
        }
      })
    })
    const probability = probabilities[classes.predicted] ?? Number.NaN
    yield { sample, predicted: classes.predicted, probability, maps, costs, measurements }
  }
}

/** What protocols ask for of a method that takes passes of its own. */
async function measureWithPasses(
  run: ModelRun,
  methods: readonly MethodChoice[],
  protocols: readonly Protocol[],
  image: Explained,
  groups: Groups,
): Promise<ReadonlyMap<Protocol, ReadonlyMap<MethodChoice, PassCells[]>>> {
  const { maps, rankings, passes, probabilities } = image
  const faded = softMasks(run, image, maps, probabilities)
  const found = new Map<Protocol, Map<MethodChoice, PassCells[]>>()
  let logits: Float32Array | undefined
  for (const protocol of protocols) {
    const { insertion, softMask, coherence, completeness } = protocol
    const ofProtocol = new Map<MethodChoice, PassCells[]>(methods.map(method => [method, []]))
    found.set(protocol, ofProtocol)
    if (insertion && groups.has('insertion'))
      for (const method of methods)
        ofProtocol.get(method)?.push(await measureInsertion(insertion, method, image, rankings, passes))
    if (softMask && groups.has('soft-mask'))
      for (const [method, cells] of await faded(softMask, methods)) ofProtocol.get(method)?.push(cells)
    if (coherence && groups.has('coherence'))
      for (const method of methods)
        ofProtocol.get(method)?.push(await measureGroups(coherence, removalOf(protocol), method, image))
    // A class that is put against others has another logit than the claim is about.
    const claiming = completeness && groups.has('completeness') && run.against === undefined
    for (const method of claiming ? methods.filter(claims) : []) {
      const mine = maps.get(method.key)
      if (!completeness || !mine) continue
      logits ??= await runLogits(run, image)
      const cells = await completenessCells(run, completeness, method, image, logits, mine)
      ofProtocol.get(method)?.push({ cells, passes: 0 })
    }
  }
  return found
}

/**
 * Runs an image without its regions, and a scene without its things: once for all methods, and regions once for all protocols that choose the same
 * ones. Returns what a method's maps say of them under a protocol.
 */
async function runRemovals(
  run: ModelRun,
  protocols: readonly Protocol[],
  image: Explained,
  groups: Groups,
  { seed, without }: MeasureOptions,
): Promise<(protocol: Protocol, method: MethodChoice, maps: MapsOfImage) => Record<string, Cell>> {
  const regions = new Map<Protocol, RegionPasses>()
  for (const protocol of groups.has('effects') ? protocols : []) {
    const { effects } = protocol
    if (effects) regions.set(protocol, await runRegions(run, effects, removalOf(protocol), image, seed))
  }
  const asked = groups.has('objects') && protocols.some(({ diagnostics }) => diagnostics)
  const things = asked && without ? await runThings(run, image.sample, await without(image.sample)) : undefined
  return (protocol, method, maps) => {
    const { effects, diagnostics } = protocol
    const found = regions.get(protocol)
    return {
      ...(effects && found && regionCells(run, effects, found, image, method, maps)),
      ...(things && diagnostics && thingCells(run, diagnostics, things, image, method, maps)),
    }
  }
}

/** Per image and method key, what came of explaining it again under a protocol; nothing where the protocol does not ask. */
type ExplainedAgain = (protocol: Protocol) => readonly ReadonlyMap<string, ExplainedCells>[] | undefined

/** Explains mosaics, images close by, and by random models. */
async function explainAgain(
  run: ModelRun,
  methods: readonly MethodChoice[],
  images: readonly Explained[],
  groups: Groups,
  { protocols, seed, others = async () => [] }: MeasureOptions,
): Promise<ExplainedAgain[]> {
  /** Once for protocols of the same rules. */
  const once = async <Rules>(
    rulesOf: (protocol: Protocol) => Rules | undefined,
    measure: (rules: Rules) => Promise<ReadonlyMap<string, ExplainedCells>[]>,
  ): Promise<ExplainedAgain> => {
    const found = new Map<string | undefined, ReadonlyMap<string, ExplainedCells>[]>()
    for (const rules of protocols.map(rulesOf)) {
      const key = JSON.stringify(rules)
      if (rules && !found.has(key)) found.set(key, await measure(rules))
    }
    return protocol => found.get(JSON.stringify(rulesOf(protocol)))
  }
  const asked = <G extends 'mosaic' | 'robustness' | 'randomisation'>(group: G) => {
    return (protocol: Protocol): Protocol[G] => (groups.has(group) ? protocol[group] : undefined)
  }
  return [
    await once(asked('mosaic'), rules => measureMosaics(run, rules, methods, images, others, seed)),
    await once(asked('robustness'), rules => measureCloseImages(run, rules, methods, images, seed)),
    await once(asked('randomisation'), rules => measureRandomModels(run, rules, methods, images, seed)),
  ]
}

type PathsOfBatch = ReadonlyMap<string, ReadonlyMap<string, ExplainedCells>[]>

/** Maps along the paths of each protocol: per protocol, image and method key. */
async function followPaths(
  run: ModelRun,
  methods: readonly MethodChoice[],
  images: readonly Explained[],
  protocols: readonly Protocol[],
  seed: number,
): Promise<PathsOfBatch> {
  const found = new Map<string, ReadonlyMap<string, ExplainedCells>[]>()
  // Protocols that follow the same maps along the same paths share the explanations.
  const alike = new Map<string, ReadonlyMap<string, ExplainedCells>[]>()
  for (const protocol of protocols) {
    if (!protocol.diagnostics) continue
    const { localization, faithfulness, diagnostics } = protocol
    const key = JSON.stringify([localization, faithfulness, diagnostics])
    const known = alike.get(key)
    if (known) {
      found.set(protocol.id, known)
      continue
    }
    const removal = removalOf(protocol)
    if (takesPatches(removal))
      throw new RangeError(
        `[vitrine] [measure] ${protocol.id}: expected a removal of pixels along paths, got ${removal.kind}`,
      )
    const starts = images.map((image): PathStart => {
      return {
        ...image,
        probability: scoreOf(image.asked.predicted, image.probabilities),
        predicted: new Map([...image.maps].map(([key, maps]) => [key, maps.predicted])),
        *removal(method, path) {
          const ranked = perturbationMasks(protocol, image.rankings(method, 'predicted'))
          if (ranked.state !== 'ok') return
          for (const mask of removalMasks(protocol, path, ranked.masks.morf)) {
            const out = new Float32Array(image.pixels.length)
            image.passes.remover(removal)(mask, out)
            yield out
          }
        },
      }
    })
    const cells = await measurePaths(run, protocol, diagnostics, methods, starts, seed)
    alike.set(key, cells)
    found.set(protocol.id, cells)
  }
  return found
}

/** The maps of the predicted class, and of the label where that is another class and a protocol asks for it. */
async function explainBatch(
  run: ModelRun,
  methods: readonly MethodChoice[],
  samples: readonly Sample[],
  { protocols, seed, wanted }: MeasureOptions,
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
async function explainOthers(
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
