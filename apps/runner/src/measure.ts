import type { Sample } from '@vitrine/datasets'
import { hash32, type MethodChoice, mapSize, type ObjectMask } from '@vitrine/explainers'
import {
  applyMask,
  curvesOf,
  distinctPerturbations,
  type FaithfulnessColumns,
  type Heatmap,
  type ImageColumns,
  type LocalizationColumns,
  localize,
  type Protocol,
  perturbationMasks,
  type Target,
  type Truth,
  targetsOf,
  truthPixels,
} from '@vitrine/metrics'
import { sizeOf } from '@vitrine/tensor'
import { type Engine, largest } from './engine.ts'
import { writeInput } from './input.ts'

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

  const measured: MeasuredImage[] = []
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
    const measurements = await measureImage(engine, methods, { sample, image, probabilities, classes, maps }, options)
    const probability = probabilities[classes.predicted] ?? Number.NaN
    const costs = new Map([...own.costs].map(([key, perImage]) => [key, perImage[i] ?? 0]))
    measured.push({ sample, predicted: classes.predicted, probability, maps, costs, measurements })
  }
  return measured
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
): Promise<Measurement[]> {
  const { transformer } = engine.model
  const { config } = transformer
  const heatmapOf = ({ key, explainer }: MethodChoice, target: Target): Heatmap => {
    const values = maps.get(key)?.[target] ?? new Float32Array(0)
    return { ...mapSize(transformer, values.length), values, scale: explainer.scale }
  }
  const cells = methods.flatMap(method => protocols.map(protocol => ({ method, protocol })))
  const perturbed = cells.flatMap(({ method, protocol }) =>
    protocol.faithfulness.targets.map(target => ({
      method,
      protocol,
      target,
      found: perturbationMasks(protocol, heatmapOf(method, target), config.imageSize, hash32(`${seed} ${sample.id}`)),
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
    const localization = Object.fromEntries(
      protocol.localization.targets.map((target): [Target, LocalizationColumns] => {
        const truth = truthOf(sample, protocol.localization.objects, classes[target])
        const { state, counts } = localize(protocol, heatmapOf(method, target), truth, thresholds)
        return [target, state === 'ok' ? { state, ...counts } : { state }]
      }),
    )
    return {
      method: method.key,
      protocol: protocol.id,
      columns: { correct: classes.predicted === classes.label, localization, faithfulness },
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

/** Where a class is in a sample: its masks, or its boxes filled, or nowhere. */
function objectMask(sample: Sample, target: number): ObjectMask {
  const truth = truthOf(sample, 'explained-else-label', target)
  const { width, height } = truth
  const mask = truthPixels({ kind: 'mask-or-boxes', fill: 'half-open' }, truth, { width, height })
  return { width, height, mask: mask ?? new Uint8Array(width * height) }
}

function truthOf(sample: Sample, objects: Protocol['localization']['objects'], explained: number): Truth {
  const { width, height } = sample.image
  const of = (label: number) => sample.objects.filter(object => object.label === label)
  const labelled = of(sample.label)
  const named = objects === 'label' ? labelled : of(explained)
  const shown = named.length > 0 ? named : labelled
  const boxes = shown.map(object => object.box)
  const masks = shown.flatMap(object => (object.mask ? [object.mask] : []))
  const [first, ...rest] = masks
  if (!first || masks.length < shown.length) return { width, height, boxes }
  const mask = Uint8Array.from(first)
  for (const other of rest) for (let p = 0; p < mask.length; p++) if (other[p] === 1) mask[p] = 1
  return { width, height, boxes, mask }
}
