import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Dataset } from '@vitrine/datasets'
import {
  explanationProgram,
  type MethodChoice,
  resolveOptions,
  sampledOf,
  sampledProgram,
  UnsupportedError,
} from '@vitrine/explainers'
import { type Protocol, passesOf } from '@vitrine/metrics'
import type { Model } from '@vitrine/models'
import { hashJson, type RecordHeader } from '@vitrine/records'
import { countFlops, input, print, program } from '@vitrine/tensor'
import { codeHash } from './method-code.ts'

/** One record to make: a method under a protocol; model, dataset and backend are the sweep's. */
export interface PlannedUnit {
  readonly method: MethodChoice
  readonly protocol: Protocol
  readonly header: RecordHeader
  /**
   * Floating-point operations of one explanation as a multiple of the forward pass's. Undefined where the method decides while it
   * runs how many passes it takes: then they are counted.
   */
  readonly relativeFlops: number | undefined
  /** Why the method cannot run on this model, where it cannot. */
  readonly unsupported: string | undefined
}

export interface Slice {
  /** Positions in the dataset. */
  readonly indices: readonly number[]
  /** How to name them, where they are not simply the first ones. */
  readonly name?: string
}

/** The part of the first `images` images that a shard takes: every n-th. */
export function sliceOf(images: number, shard: { readonly index: number; readonly of: number }): Slice {
  const all = Array.from({ length: images }, (_, i) => i)
  if (shard.of === 1) return { indices: all }
  return {
    indices: all.filter(i => i % shard.of === shard.index - 1),
    name: `shard ${shard.index}/${shard.of} of ${images}`,
  }
}

export interface PlanOptions {
  readonly thresholds: readonly number[]
  readonly seed: number
  readonly slice: Slice
  readonly batch: number
  /** The machine that measures. */
  readonly environment: Omit<RecordHeader['environment'], 'versions'>
  readonly defaults: { readonly images: number; readonly thresholds: readonly number[]; readonly seed: number }
}

/** An engine as records name it; one that cannot be had has neither a version nor threads. */
export interface EngineFacts {
  readonly id: string
  readonly engine: string
  readonly version: string
  readonly threads: number | null
}

/** What is measured and where. */
interface Place {
  readonly model: Model
  readonly dataset: Dataset
  readonly backend: EngineFacts
}

/** A method as it runs on a model. */
export interface DescribedMethod {
  readonly method: MethodChoice
  readonly hash: string
  readonly relativeFlops: number | undefined
  readonly unsupported: string | undefined
}

/** What each method is on a model: its hash, its cost, and why it cannot run where it cannot. */
export function describeMethods(model: Model, methods: readonly MethodChoice[]): DescribedMethod[] {
  const image = input('image', model.transformer.imageShape(1))
  const forward = countFlops(program({ probabilities: model.transformer.trace(image).probabilities }))
  return methods.map(method => {
    const { hash, flops, unsupported } = describe(model, method)
    return { method, hash, relativeFlops: flops === undefined ? undefined : flops / forward, unsupported }
  })
}

/** The records of one (model, dataset, backend): methods x protocols. */
export function planUnits(
  place: Place,
  methods: readonly DescribedMethod[],
  protocols: readonly Protocol[],
  options: PlanOptions,
): PlannedUnit[] {
  return methods.flatMap(({ method, hash, relativeFlops, unsupported }) =>
    protocols.map(
      (protocol): PlannedUnit => ({
        method,
        protocol,
        relativeFlops,
        unsupported,
        header: header(place, method, hash, protocol, options),
      }),
    ),
  )
}

/** The cost of the records of one dataset, in words. */
export function describePlan(units: readonly PlannedUnit[], { indices }: Slice): string {
  const images = indices.length
  const refused = units.find(u => u.unsupported !== undefined)
  const able = units.filter(u => u.unsupported === undefined)
  if (refused && able.length === 0) return `${units.length} records, all unsupported: ${refused.unsupported}`
  const passes = (most: boolean) => {
    const perMethod = Map.groupBy(able, u => u.method)
    // Without ties, all protocols mask the same pixels at the same steps.
    return [...perMethod].reduce((sum, [method, own]) => {
      const each = own.map(({ protocol }) => curvePasses(method, protocol, most))
      return sum + (most ? each.reduce((a, b) => a + b, 0) : Math.max(...each))
    }, 0)
  }
  // A step of a path that methods share is counted for each of them.
  const further = able.reduce((sum, { protocol }) => {
    const passes = passesOf(protocol)
    return sum + passes['path-steps'] + passes['two-classes']
  }, 0)
  const dearest = Math.max(0, ...able.map(u => u.relativeFlops ?? 0))
  const uncounted = new Set(able.filter(u => u.relativeFlops === undefined).map(u => u.method)).size
  const more = uncounted > 0 ? `, and ${uncounted} sampled methods, whose passes are counted as they run` : ''
  return `${units.length} records, ${images} images, ${images * passes(false) + 1} to ${images * passes(true) + 1} forward passes ${images} to ${2 * images} explanations with all methods and up to ${images * further} more of one method each for failures (the dearest method worth ${dearest.toFixed(1)} passes${more})`
}

// A map's two curves without their ends, which are the prediction's own pass and one that all share.
const curvePasses = ({ explainer }: MethodChoice, { faithfulness: { steps, targets } }: Protocol, most: boolean) =>
  explainer.scale === 'unit' ? 0 : 2 * (steps.length - 2) * (most && explainer.classSpecific ? targets.length : 1)

// The printed program is what a method computes, so its hash changes exactly when that does. What a sampled method does between its
// programs is known by its source text.
function describe(model: Model, method: MethodChoice): { hash: string; flops?: number; unsupported?: string } {
  try {
    const [sampled] = sampledOf([method])
    if (sampled)
      return { hash: sha256(`${codeHash(method.explainer)}\n${print(sampledProgram(model.transformer, sampled))}`) }
    const { program: p } = explanationProgram(model.transformer, [method], 1, 'given')
    return { hash: sha256(print(p)), flops: countFlops(p) }
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error
    return { hash: sha256(error.message), flops: 0, unsupported: error.message }
  }
}

function header(
  { model, dataset, backend }: Place,
  { explainer, options: values }: MethodChoice,
  hash: string,
  protocol: Protocol,
  { thresholds, seed, slice, batch, environment, defaults }: PlanOptions,
): RecordHeader {
  const { config, grid, prefix } = model.transformer
  const presets = resolveOptions(explainer.id, explainer.options)
  const changed = [
    ...Object.entries(values).flatMap(([name, value]) => (value === presets[name] ? [] : [`${name}=${value}`])),
    ...(slice.name ? [slice.name] : slice.indices.length === defaults.images ? [] : [`images=${slice.indices.length}`]),
    ...(thresholds.join() === defaults.thresholds.join() ? [] : [`thresholds=${thresholds.join('/')}`]),
    ...(seed === defaults.seed ? [] : [`seed=${seed}`]),
  ]
  return {
    variant: changed.length > 0 ? changed.join(' ') : null,
    model: {
      id: model.id,
      name: model.name,
      hash: model.hash,
      classes: config.classes,
      details: {
        depth: config.depth,
        width: config.width,
        heads: config.heads,
        imageSize: { ...config.imageSize },
        patchSize: { ...config.patchSize },
        grid: { ...grid },
        prefix,
      },
    },
    dataset: {
      id: dataset.id,
      name: dataset.name,
      hash: dataset.hash,
      images: slice.indices.length,
      ...(slice.name && { slice: slice.name }),
      seed,
      licences: dataset.licences.map(licence => `${licence.work} (${licence.author}, ${licence.title})`),
    },
    method: {
      id: explainer.id,
      name: explainer.name,
      family: explainer.family,
      options: { ...values },
      hash,
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
    backend: { id: backend.id, engine: backend.engine, version: backend.version, threads: backend.threads, batch },
    protocol: {
      id: protocol.id,
      hash: hashJson({ choices: protocol, code: metricsCode() }),
      choices: JSON.parse(JSON.stringify(protocol)),
    },
    thresholds: [...thresholds],
    seed,
    environment: { ...environment, versions: { [backend.id]: backend.version } },
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

let metricsDigest: string | undefined

/** SHA-256 of the metrics' source files: how numbers are made from maps. */
function metricsCode(): string {
  if (metricsDigest === undefined) {
    const folder = new URL('.', import.meta.resolve('@vitrine/metrics'))
    const files = readdirSync(fileURLToPath(folder), { recursive: true, encoding: 'utf8' }).filter(
      name => /(?<!\.test)\.ts$/.test(name) && !name.startsWith('testing'),
    )
    metricsDigest = sha256(
      files
        .sort()
        .map(name => readFileSync(new URL(name, folder), 'utf8'))
        .join('\0'),
    )
  }
  return metricsDigest
}
