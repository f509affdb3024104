import type { Sample } from '@vitrine/datasets'
import { hash32, type MethodChoice } from '@vitrine/explainers'
import {
  applyMask,
  curvesOf,
  distinctPerturbations,
  type FaithfulnessColumns,
  type Heatmap,
  type ImageColumns,
  type LocalizationColumns,
  localize,
  type PixelMask,
  type Protocol,
  perturbationMasks,
  type RankedMap,
  rankMap,
  type Target,
  targetsOf,
} from '@vitrine/metrics'
import { sizeOf } from '@vitrine/tensor'
import { type FailureCells, type Mapped, measureFailures } from './diagnostics.ts'
import { type Engine, largest } from './explain.ts'
import { heatmapOf } from './heatmap.ts'
import { writeInput } from './model-input.ts'
import { perClass } from './per-class.ts'
import { objectMask, truthOf } from './truth.ts'

export interface MeasureOptions {
  readonly protocols: readonly Protocol[]
  readonly thresholds: readonly number[]
  readonly seed: number
}

/** What one method's maps of one image are worth under one protocol. */
export interface Measurement {
  readonly method: string
  readonly protocol: string
  readonly columns: ImageColumns
  /** How the maps fail, where the protocol asks. */
  readonly failures?: FailureCells | undefined
  /** Forward passes that the curves need beyond the prediction's own. */
  readonly passes: number
}

export interface MeasuredImage {
  readonly sample: Sample
  readonly predicted: number
  /** Of the predicted class. */
  readonly probability: number
  /** Raw maps per method key. */
  readonly maps: ReadonlyMap<string, Readonly<Record<Target, Float32Array>>>
  /** Per sampled method, what the explanation of the predicted class took, as a multiple of a forward pass. */
  readonly costs: ReadonlyMap<string, number>
  readonly measurements: readonly Measurement[]
}

/** Explains a batch with every method from one forward pass (a second one for labels that were not predicted) and measures it. */
export async function measureBatch(
  engine: Engine,
  methods: readonly MethodChoice[],
  samples: readonly Sample[],
  options: MeasureOptions,
): Promise<MeasuredImage[]> {
  const size = sizeOf(engine.model.transformer.imageShape(1))
  const pixels = new Float32Array(samples.length * size)
  samples.forEach((sample, i) => {
    writeInput(engine.model, sample.image, pixels.subarray(i * size, (i + 1) * size))
  })
  const ids = samples.map(sample => sample.id)
  const truth = (index: number, target: number) => {
    const sample = samples[index]
    if (!sample) throw new RangeError(`[vitrine] [runner] no image ${index} among ${samples.length}`)
    return objectMask(sample, target)
  }
  const own = await engine.explain(methods, { ids, pixels, truth }, options.seed)
  const predicted = own.probabilities.map(largest)

  const specific = methods.filter(m => m.explainer.classSpecific)
  const wrong = samples.flatMap((sample, i) => (predicted[i] === sample.label ? [] : [i]))
  const asked = targetsOf(...options.protocols).includes('label') && specific.length > 0 ? wrong : []
  const ofLabel = await explainSome(asked)

  async function explainSome(indices: readonly number[]) {
    if (indices.length === 0) return undefined
    const part = new Float32Array(indices.length * size)
    indices.forEach((index, i) => {
      part.set(pixels.subarray(index * size, (index + 1) * size), i * size)
    })
    const labels = Int32Array.from(indices, index => samples[index]?.label ?? 0)
    return engine.explain(
      specific,
      { ids: indices.map(i => ids[i] ?? ''), pixels: part, truth: (i, target) => truth(indices[i] ?? 0, target) },
      options.seed,
      labels,
    )
  }

  const images: Measured[] = []
  for (const [i, sample] of samples.entries()) {
    const maps = new Map(
      methods.map(({ key }) => {
        const map = own.maps.get(key)?.[i] ?? new Float32Array(0)
        return [key, { predicted: map, label: ofLabel?.maps.get(key)?.[asked.indexOf(i)] ?? map }]
      }),
    )
    const image = pixels.subarray(i * size, (i + 1) * size)
    const probabilities = own.probabilities[i] ?? new Float32Array(0)
    const classes = { predicted: predicted[i] ?? 0, label: sample.label }
    const found = await measureImage(engine, methods, { sample, image, probabilities, classes, maps }, options)
    const probability = probabilities[classes.predicted] ?? Number.NaN
    const costs = new Map([...own.costs].map(([key, perImage]) => [key, perImage[i] ?? 0]))
    images.push({ sample, pixels: image, classes, probability, maps, costs, found })
  }
  const failures = await failuresOf(engine, methods, images, options)
  return images.map(({ found, classes, pixels: _, ...image }, i) => ({
    ...image,
    predicted: classes.predicted,
    measurements: found.map(({ morf: _, ...measurement }) => ({
      ...measurement,
      failures: failures.get(measurement.protocol)?.[i]?.get(measurement.method),
    })),
  }))
}

/** An image of a batch whose failures are still to be measured. */
interface Measured extends Omit<Mapped, 'morf'> {
  readonly found: readonly (Measurement & { readonly morf: readonly PixelMask[] | undefined })[]
}

/** Per protocol that asks for failures, image and method key. */
async function failuresOf(
  engine: Engine,
  methods: readonly MethodChoice[],
  images: readonly Measured[],
  { protocols, seed }: MeasureOptions,
): Promise<ReadonlyMap<string, readonly ReadonlyMap<string, FailureCells>[]>> {
  const all = new Map<string, readonly ReadonlyMap<string, FailureCells>[]>()
  for (const protocol of protocols) {
    if (!protocol.failures) continue
    const mapped = images.map((image): Mapped => {
      const masks = image.found.flatMap(({ method, protocol: id, morf }) =>
        morf && id === protocol.id ? [[method, morf] as const] : [],
      )
      return { ...image, morf: new Map(masks) }
    })
    all.set(protocol.id, await measureFailures(engine, protocol, protocol.failures, methods, mapped, seed))
  }
  return all
}

interface Explained {
  readonly sample: Sample
  readonly image: Float32Array
  readonly probabilities: Float32Array
  readonly classes: Readonly<Record<Target, number>>
  readonly maps: MeasuredImage['maps']
}

async function measureImage(
  engine: Engine,
  methods: readonly MethodChoice[],
  { sample, image, probabilities, classes, maps }: Explained,
  { protocols, thresholds, seed }: MeasureOptions,
): Promise<Measured['found']> {
  const { transformer } = engine.model
  const { config } = transformer
  const heatmap = ({ key, explainer }: MethodChoice, target: Target): Heatmap =>
    heatmapOf(transformer, explainer, maps.get(key)?.[target] ?? new Float32Array(0))
  const cells = methods.flatMap(method => protocols.map(protocol => ({ method, protocol })))
  // Both classes have the same map where they are the same, or where the method does not see them.
  const ofMaps = new Map<Float32Array | undefined, RankedMap>()
  const ranking = (method: MethodChoice, target: Target): RankedMap => {
    const map = maps.get(method.key)?.[target]
    const known = ofMaps.get(map)
    const found = known ?? rankMap(heatmap(method, target), config.imageSize, hash32(`${seed} ${sample.id}`))
    ofMaps.set(map, found)
    return found
  }
  const perturbed = cells.flatMap(({ method, protocol }) =>
    protocol.faithfulness.targets.map(target => ({
      method,
      protocol,
      target,
      found: perturbationMasks(protocol, ranking(method, target)),
    })),
  )
  const ranked = perturbed.flatMap(p => (p.found.state === 'ok' ? [{ ...p, found: p.found }] : []))
  const { masks, uses } = distinctPerturbations(ranked.map(p => p.found))
  const rows = await perturbedProbabilities(engine, image, probabilities, masks, uses)

  return cells.map(({ method, protocol }) => {
    const mine = ranked.filter(p => p.method === method && p.protocol === protocol)
    const faithfulness = Object.fromEntries(
      protocol.faithfulness.targets.map((target): [Target, FaithfulnessColumns] => {
        const at = ranked.findIndex(p => p.method === method && p.protocol === protocol && p.target === target)
        const use = uses[at]
        const state = perturbed.find(p => p.method === method && p.protocol === protocol && p.target === target)?.found
          .state
        if (!use) return [target, { state: state === 'nan' ? 'nan' : 'flat' }]
        return [
          target,
          {
            state: 'ok',
            ...curvesOf(
              use,
              rows.map(row => row[classes[target]] ?? Number.NaN),
            ),
          },
        ]
      }),
    )
    const localized = perClass((explained, target): LocalizationColumns => {
      const truth = truthOf(sample, protocol.localization.objects, explained)
      const { state, counts } = localize(protocol, heatmap(method, target), truth, thresholds)
      return state === 'ok' ? { state, ...counts } : { state }
    }, classes)
    const localization = Object.fromEntries(protocol.localization.targets.map(target => [target, localized(target)]))
    return {
      method: method.key,
      protocol: protocol.id,
      columns: { correct: classes.predicted === classes.label, localization, faithfulness },
      morf: mine.find(({ target }) => target === 'predicted')?.found.masks.morf,
      passes: mine.length === 0 ? 0 : distinctPerturbations(mine.map(p => p.found)).masks.length - 1,
    }
  })
}

// The unperturbed image was run for the maps, and the fully masked one is the same for every image.
const masked = new WeakMap<Engine, Promise<Float32Array[]>>()

/** Class probabilities under each mask; `unperturbed` are those without one. The first and the last step of a curve cost nothing. */
export async function perturbedProbabilities(
  engine: Engine,
  image: Float32Array,
  unperturbed: Float32Array,
  masks: readonly Uint8Array[],
  uses: readonly Readonly<Record<'morf' | 'lerf', readonly number[]>>[],
): Promise<Float32Array[]> {
  const blank = masked.get(engine) ?? engine.probabilities(1, (_, out) => out.fill(0))
  masked.set(engine, blank)
  const [nothing] = await blank
  const [first, last] = [uses[0]?.morf[0], uses[0]?.morf.at(-1)]
  const inner = masks.flatMap((mask, i) => (i === first || i === last ? [] : [{ mask, i }]))
  const found = await engine.probabilities(inner.length, (k, out) => {
    const mask = inner[k]?.mask
    if (mask) applyMask(image, mask, out)
  })
  const rows = masks.map((_, i) => (i === last && nothing ? nothing : unperturbed))
  inner.forEach(({ i }, k) => {
    const row = found[k]
    if (row) rows[i] = row
  })
  return rows
}
