import type { RgbImage, Sample } from '@vitrine/datasets/sample'
import type { MethodChoice } from '@vitrine/explainers/run'
import { metricGroups, type Protocol, removalOf } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import { measureGroups } from './coherence.ts'
import { claims, completenessCells, runLogits } from './completeness.ts'
import { explainAgain, followPaths } from './explain-again.ts'
import { type Explained, explainBatch, explainOthers } from './explain-batch.ts'
import { measureCurves } from './faithfulness.ts'
import { groupOfMetric, type OutsideMetric } from './identity.ts'
import { measureInsertion, type PassCells } from './insertion.ts'
import { type Groups, type MapsOfImage, mapColumns } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { type RegionPasses, regionCells, runRegions } from './regions.ts'
import { softMasks } from './soft-mask.ts'
import { runThings, thingCells } from './things.ts'

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
  const paths = await followPaths(run, methods, images, groups.has('frozen') ? diagnosing : [], seed)
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
        const path = paths(protocol)?.[i]?.get(method.key)
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
