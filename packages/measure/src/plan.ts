import type { Dataset } from '@vitrine/datasets/sample'
import { type Against, againstLabel, methodIdentity, resolveOptions, UnsupportedError } from '@vitrine/explainers'
import { explanationProgram, type MethodChoice, sampledOf, sampledProgram } from '@vitrine/explainers/run'

import { type Protocol, passesOf, removalKey, removalOf, takesPatches } from '@vitrine/metrics'
import type { Model } from '@vitrine/models/checkpoint'
import { type DatasetSlice, hashText, type RecordHeader, sliceLabel } from '@vitrine/records/record'
import { countFlops, dim, input, print, program } from '@vitrine/tensor'
import { describeMetric, type OutsideMetric, outsideMetricsOf, versionsOf } from './identity.ts'

/** One record to make: a method under a protocol; model, dataset and backend are the sweep's. */
export interface PlannedUnit {
  readonly method: MethodChoice
  readonly protocol: Protocol
  readonly header: RecordHeader
  /** Why the method cannot run on this model, where it cannot. */
  readonly unsupported: string | undefined
}

export interface Slice {
  /** Positions in the dataset. */
  readonly indices: readonly number[]
  /** The part that they are, where they are not simply the first ones. */
  readonly part?: DatasetSlice
}

/**
 * The part of the first `images` images that a shard takes: every n-th block of as many images as are measured together, so that each is measured
 * in the same batch as without shards.
 */
export function sliceOf(images: number, shard: { readonly index: number; readonly of: number }, block: number): Slice {
  const all = Array.from({ length: images }, (_, i) => i)
  if (shard.of === 1) return { indices: all }
  return {
    indices: all.filter(i => Math.floor(i / block) % shard.of === shard.index - 1),
    part: { shard: shard.index, of: shard.of, images, ...(block > 1 && { block }) },
  }
}

/** What a record of a shard is called once it has all images. */
export function wholeOf(header: RecordHeader, defaultImages: number): RecordHeader {
  const { slice, ...dataset } = header.dataset
  if (!slice) return header
  const size = slice.images === defaultImages ? '' : `images=${slice.images}`
  const variant = header.variant?.replace(sliceLabel({ slice }), size).replace(/ +/g, ' ').trim() ?? ''
  return { ...header, variant: variant === '' ? null : variant, dataset: { ...dataset, images: slice.images } }
}

export interface PlanOptions {
  readonly thresholds: readonly number[]
  readonly seed: number
  readonly slice: Slice
  readonly batch: number
  /** What each explained class is put against; nothing if absent. */
  readonly against?: Against | undefined
  /** Metrics that are not bundled. */
  readonly metrics?: readonly OutsideMetric[]
  /** The machine that measures. */
  readonly environment: Omit<RecordHeader['environment'], 'versions'>
  /** Hash of the code that measures. */
  readonly measuringCode: string
  readonly defaults: { readonly images: number; readonly thresholds: readonly number[]; readonly seed: number }
}

/** An engine as records name it; one that cannot be had has neither a version nor threads. */
export interface EngineFacts {
  readonly id: string
  readonly engine: string
  readonly version: string
  readonly threads: number | null
  /** What it computes in; float32 where it says nothing. */
  readonly precision?: 'double'
}

/** What is measured and where. */
export interface Setting {
  readonly model: Pick<Model, 'id' | 'name' | 'hash' | 'transformer' | 'cautions'>
  readonly dataset: Pick<Dataset, 'id' | 'name' | 'hash' | 'licences'>
  readonly backend: EngineFacts
}

/** What a method is on a model: found by building its programs. Plain data. */
export interface MethodFacts {
  readonly key: string
  /** Hash of its programs, and of its source where it works between them. */
  readonly program: string
  /** Operations of an explanation as a multiple of the forward pass's; `null` where the method decides while it runs. */
  readonly relativeFlops: number | null
  /** Why it cannot run on this model, where it cannot. */
  readonly unsupported: string | undefined
}

/** A method, its source where it declares no version, and what it is on a model. */
export interface DescribedMethod {
  readonly method: MethodChoice
  readonly facts: MethodFacts
  /** Hash of the source, of a method that declares no version. */
  readonly code: string | null
}

/**
 * What each method is on a model.
 *
 * @param codeOf hash of a method's source: a sampled one works between its programs too
 */
export function methodFacts(
  { transformer }: Pick<Model, 'transformer'>,
  methods: readonly MethodChoice[],
  codeOf: (method: MethodChoice) => string,
): MethodFacts[] {
  const image = input('image', transformer.imageShape(1))
  const forward = countFlops(program({ probabilities: transformer.trace(image).probabilities }))
  return methods.map((method): MethodFacts => {
    const { key } = method
    try {
      const [sampled] = sampledOf([method])
      if (sampled) {
        const text = `${codeOf(method)}\n${print(sampledProgram(transformer, sampled))}`
        return { key, program: hashText(text), relativeFlops: null, unsupported: undefined }
      }
      const { program: p } = explanationProgram(transformer, [method], 1, 'given')
      return { key, program: hashText(print(p)), relativeFlops: countFlops(p) / forward, unsupported: undefined }
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error
      return { key, program: hashText(error.message), relativeFlops: 0, unsupported: error.message }
    }
  })
}

/** Methods that are not defined for a model, with the reason. */
export const refusalsOf = (
  model: Pick<Model, 'transformer'>,
  methods: readonly MethodChoice[],
): ReadonlyMap<MethodChoice, string> => {
  const facts = methodFacts(model, methods, () => '')
  return new Map(
    methods.flatMap((method, i) => {
      const reason = facts[i]?.unsupported
      return reason === undefined ? [] : [[method, reason] as const]
    }),
  )
}

/** The records of one (model, dataset, backend): methods x protocols. */
export function planUnits(
  setting: Setting,
  methods: readonly DescribedMethod[],
  protocols: readonly Protocol[],
  options: PlanOptions,
): PlannedUnit[] {
  const details = modelDetails(setting.model)
  return methods.flatMap(described =>
    protocols.map(
      (protocol): PlannedUnit => ({
        method: described.method,
        protocol,
        unsupported: described.facts.unsupported ?? refusalOf(setting.model.transformer, protocol),
        header: header(setting, details, described, protocol, options),
      }),
    ),
  )
}

/** The head and the embedding, which become random beside the blocks. */
const PARTS_BESIDE_BLOCKS = 2

/** The cost of the records of one dataset, in words. */
export function describePlan(units: readonly PlannedUnit[], { indices }: Slice): string {
  const images = indices.length
  const refused = units.find(u => u.unsupported !== undefined)
  const able = units.filter(u => u.unsupported === undefined)
  if (refused && able.length === 0) return `${units.length} records, all unsupported: ${refused.unsupported}`
  // Regions are drawn alike for all protocols that ask for them, and run once for each way in which they are taken away.
  const regions = new Map(
    able.map(({ protocol }) => [
      JSON.stringify([protocol.effects, removalKey(removalOf(protocol))]),
      passesOf(protocol)['shared-regions'],
    ]),
  )
  const others = able.map(({ protocol }) => passesOf(protocol)['shared-things'] + passesOf(protocol)['shared-logits'])
  const shared = [...regions.values()].reduce((sum, passes) => sum + passes, Math.max(0, ...others))
  const passes = (most: boolean) => {
    const perMethod = Map.groupBy(able, u => u.method)
    return [...perMethod].reduce(
      (sum, [method, own]) =>
        sum +
        passesOfMethod(
          method,
          own.map(u => u.protocol),
          most,
        ),
      shared,
    )
  }
  // A step of a path that methods share is counted for each of them.
  const further = able.reduce((sum, { protocol, header }) => {
    const passes = passesOf(protocol)
    const once = passes['path-steps'] + passes['two-classes'] + passes['mosaic-classes'] + passes['close-images']
    return sum + once + passes['random-models'] * (PARTS_BESIDE_BLOCKS + Number(header.model.details?.depth ?? 0) + 1)
  }, 0)
  const dearest = Math.max(0, ...able.map(u => u.header.relativeFlops ?? 0))
  const uncounted = new Set(able.filter(u => u.header.relativeFlops === null).map(u => u.method)).size
  const more = uncounted > 0 ? `, and ${uncounted} sampled methods, whose passes are counted as they run` : ''
  return `${units.length} records, ${images} images, ${images * passes(false) + 1} to ${images * passes(true) + 1} forward passes ${images} to ${2 * images} explanations with all methods and up to ${images * further} more of one method each for failures, mosaics and sanity checks (the dearest method worth ${dearest.toFixed(1)} passes${more})`
}

/** The passes of one method under several protocols. Without ties, protocols of one removal mask the same pixels at the same steps. */
function passesOfMethod(method: MethodChoice, protocols: readonly Protocol[], most: boolean): number {
  const curves = [...Map.groupBy(protocols, protocol => removalKey(removalOf(protocol))).values()].map(alike => {
    const each = alike.map(protocol => curvePasses(method, protocol, most))
    return most ? each.reduce((a, b) => a + b, 0) : Math.max(...each)
  })
  const further = protocols.map(protocol => {
    const cost = passesOf(protocol)
    return (
      cost['insertion-steps'] * (protocol.insertion?.targets.length ?? 0) +
      cost['one-pass'] * (protocol.softMask?.targets.length ?? 0) +
      cost['pixel-groups'] * (protocol.coherence?.targets.length ?? 0)
    )
  })
  return [...curves, ...further].reduce((a, b) => a + b, 0)
}

// A map's two curves without their ends, which are the prediction's own pass and one that all share.
function curvePasses({ explainer }: MethodChoice, protocol: Protocol, most: boolean): number {
  const { targets } = protocol.faithfulness
  if (explainer.scale === 'unit' || targets.length === 0) return 0
  return passesOf(protocol)['curve-steps'] * (most && explainer.classSpecific ? targets.length : 1)
}

/** Why a model cannot be measured under a protocol, where it cannot. */
function refusalOf({ can }: Setting['model']['transformer'], protocol: Protocol): string | undefined {
  const able = can['token-subsets']
  if (able === true || protocol.faithfulness.targets.length === 0 || !takesPatches(removalOf(protocol)))
    return undefined
  return `token drop: expected a model that can compute with part of its patches, but ${able}`
}

/** What a record says of a model besides its name and its hash. Of blocks that differ, width and heads are those of the last one. */
function modelDetails({ transformer, cautions }: Setting['model']): RecordHeader['model']['details'] {
  const { input: given, grid, prefix } = transformer
  const { blocks } = transformer.trace(input('image', transformer.imageShape(1)))
  const last = blocks.at(-1)
  return {
    depth: blocks.length,
    ...(last && { width: dim(last.output.shape, -1), heads: dim(last.attention.shape, 1) }),
    imageSize: { ...given.imageSize },
    patchSize: { ...given.patchSize },
    mean: [...given.mean],
    std: [...given.std],
    grid: { ...grid },
    prefix,
    // What its file does not say and was assumed: a record is no better than this.
    ...(cautions.length > 0 && { cautions: [...cautions] }),
  }
}

function header(
  { model, dataset, backend }: Setting,
  details: RecordHeader['model']['details'],
  { method: { explainer, options: values }, facts, code }: DescribedMethod,
  protocol: Protocol,
  { thresholds, seed, slice, batch, against, metrics = [], environment, measuringCode, defaults }: PlanOptions,
): RecordHeader {
  const presets = resolveOptions(explainer.id, explainer.options)
  const named = Object.entries(values).filter(
    ([name, value]) => value !== presets[name] || explainer.options[name]?.isYounger !== true,
  )
  const part = slice.part && sliceLabel({ slice: slice.part })
  const outside = outsideMetricsOf(protocol, metrics)
  const changed = [
    ...Object.entries(values).flatMap(([name, value]) => (value === presets[name] ? [] : [`${name}=${value}`])),
    ...(part ? [part] : slice.indices.length === defaults.images ? [] : [`images=${slice.indices.length}`]),
    ...(thresholds.join() === defaults.thresholds.join() ? [] : [`thresholds=${thresholds.join('/')}`]),
    ...(seed === defaults.seed ? [] : [`seed=${seed}`]),
    ...(against ? [`against=${againstLabel(against)}`] : []),
  ]
  return {
    variant: changed.length > 0 ? changed.join(' ') : null,
    model: {
      id: model.id,
      name: model.name,
      hash: model.hash,
      classes: model.transformer.classes,
      details,
    },
    dataset: {
      id: dataset.id,
      name: dataset.name,
      hash: dataset.hash,
      images: slice.indices.length,
      ...(slice.part && { slice: slice.part }),
      seed,
      licences: dataset.licences.map(licence => `${licence.work} (${licence.author}, ${licence.title})`),
    },
    method: {
      id: explainer.id,
      name: explainer.name,
      family: explainer.family,
      options: Object.fromEntries(named),
      version: methodIdentity(explainer)?.version ?? null,
      code,
      classSpecific: explainer.classSpecific,
      control: explainer.family === 'control',
      details: {
        source: { ...explainer.source },
        signed: explainer.signed,
        scale: explainer.scale,
        resolution: explainer.resolution,
        randomness: explainer.randomness,
        parity: explainer.parity,
        conditioning: explainer.conditioning,
        readsTruth: explainer.readsTruth,
      },
    },
    backend: {
      ...{ id: backend.id, engine: backend.engine, version: backend.version, threads: backend.threads, batch },
      ...(backend.precision && { details: { precision: backend.precision } }),
    },
    ...(against && { target: { against } }),
    protocol: { id: protocol.id, choices: JSON.parse(JSON.stringify(protocol)) },
    versions: versionsOf(protocol, metrics),
    ...(outside.length > 0 && { metrics: outside.map(describeMetric) }),
    thresholds: [...thresholds],
    seed,
    relativeFlops: facts.relativeFlops,
    provenance: { program: facts.program, measuring: measuringCode },
    environment: { ...environment, versions: { [backend.id]: backend.version } },
  }
}
