import { explainers, isSampled } from '@vitrine/explainers'
import { versionsOf } from '@vitrine/measure'
import type { Protocol } from '@vitrine/metrics'
import {
  type Agreement,
  type BenchRecord,
  checkRecord,
  FORMAT,
  hashJson,
  type Json,
  type JsonObject,
  RecordError,
  type RecordHeader,
  recordId,
} from '@vitrine/records'

// Records of the format `vitrine-record/1` were known by hashes of code: of the metrics' source files, and of each method's program. The code that made
// all published ones is the one to which every version 1 of this format belongs.

/** SHA-256 of the metrics' source files when every group of columns was of version 1. */
const METRICS_OF_VERSION_1 = '97769b0af8f8744426d66c7ec52bbcf8a63a3b77d85b16ff10e04cbdf3a3aec3'

/** Choices that all protocols made alike and that nothing read: they are conventions of the metrics. */
const CONVENTIONS: Readonly<Record<string, JsonObject>> = {
  localization: {
    resize: { kind: 'bilinear', alignCorners: false, antialias: false },
    normalization: 'min-max',
    comparison: 'greater',
  },
  faithfulness: {
    resize: { kind: 'bilinear', alignCorners: false, antialias: false },
    normalization: 'min-max',
    baseline: 0,
    value: 'probability',
  },
}

/** The parts of the first format that are not as they are now. */
interface FirstHeader extends Omit<RecordHeader, 'method' | 'protocol' | 'dataset' | 'versions' | 'provenance'> {
  readonly method: Omit<RecordHeader['method'], 'version' | 'code'> & { readonly hash: string }
  readonly protocol: { readonly id: string; readonly hash: string; readonly choices: JsonObject }
  readonly dataset: Omit<RecordHeader['dataset'], 'slice'> & { readonly slice?: string }
}

interface FirstRecord extends FirstHeader, Pick<BenchRecord, 'status' | 'reason' | 'timing' | 'images' | 'columns'> {
  readonly format: 'vitrine-record/1'
  readonly id: string
  readonly cost: { readonly relativeFlops?: number }
  readonly agreement: readonly (Agreement & { readonly summary: Json })[]
}

/**
 * The header of a record of the first format in this one.
 *
 * @throws {RecordError} for one that other code measured than that to which version 1 belongs
 */
export function carryHeaderOver(header: unknown, file?: string): RecordHeader {
  const { method, protocol, dataset, relativeFlops, ...rest } = header as FirstHeader
  const choices = carryChoicesOver(protocol, file)
  const { hash: program, ...method1 } = method
  const { slice, ...dataset1 } = dataset
  const explainer = explainers.find(({ id }) => id === method.id)
  const counted = explainer !== undefined && isSampled(explainer)
  return {
    variant: rest.variant,
    model: rest.model,
    dataset: { ...dataset1, ...(slice !== undefined && { slice: parseSlice(slice, file) }) },
    method: { ...method1, ...(explainer ? { version: 1, code: null } : { version: null, code: program }) },
    backend: rest.backend,
    protocol: { id: protocol.id, choices },
    versions: versionsOf(choices as unknown as Protocol),
    thresholds: rest.thresholds,
    seed: rest.seed,
    relativeFlops: counted ? null : (relativeFlops ?? null),
    provenance: { program, protocol: protocol.hash },
    environment: rest.environment,
  }
}

/** A record of the first format in this one; its measurements are untouched, and it keeps its former id. */
export function carryRecordOver(value: unknown, file?: string): BenchRecord {
  const first = value as FirstRecord
  const { id, status, reason, timing, images, columns, cost } = first
  const { environment, ...identity } = carryHeaderOver({ ...first, relativeFlops: cost.relativeFlops ?? null }, file)
  const relativeFlops = columns.cost === undefined ? identity.relativeFlops : null
  const header = { ...identity, relativeFlops }
  const record = { format: FORMAT, id: recordId(header), previously: [id], status, reason, ...header }
  return checkRecord({ ...record, timing, environment, images, columns }, file)
}

/**
 * What a record of the first format knows of other engines' maps; differences of metrics follow from the records.
 *
 * @param renamed present ids by former ones
 */
export function carryAgreementOver(value: unknown, renamed: ReadonlyMap<string, string>): Agreement[] {
  const { agreement } = value as FirstRecord
  return agreement.flatMap(({ engine, record, columns }) => {
    const id = renamed.get(record)
    if (id === undefined) return []
    const maps = Object.entries(columns).filter(([name]) => name.startsWith('map.'))
    return [{ engine, record: id, columns: Object.fromEntries(maps) }]
  })
}

function carryChoicesOver({ id, hash, choices }: FirstHeader['protocol'], file: string | undefined): JsonObject {
  if (hash !== hashJson({ choices, code: METRICS_OF_VERSION_1 }))
    throw new RecordError({
      file,
      field: 'protocol.hash',
      expected: 'that of the code to which version 1 of every number belongs',
      found: `${hash} of protocol ${id}, which other code made; measure it again`,
    })
  const { failures, ...sections } = choices
  const kept = Object.entries(sections).map(([section, value]): [string, Json] => {
    const conventions = CONVENTIONS[section]
    if (!conventions || typeof value !== 'object' || value === null || Array.isArray(value)) return [section, value]
    const fields = Object.entries(value).filter(([name]) => !(name in conventions))
    return [
      section,
      Object.fromEntries(fields.map(([name, field]) => [name, name === 'truth' ? plainTruth(field) : field])),
    ]
  })
  return { ...Object.fromEntries(kept), ...(failures !== undefined && { diagnostics: failures }) }
}

/** Boxes were always cut to whole cells: `coordinates` said so and nothing read it. */
function plainTruth(truth: Json): Json {
  if (typeof truth !== 'object' || truth === null || Array.isArray(truth)) return truth
  const { coordinates: _, ...rest } = truth
  return rest
}

function parseSlice(text: string, file: string | undefined): NonNullable<RecordHeader['dataset']['slice']> {
  const [, shard, of, images] = /^shard (\d+)\/(\d+) of (\d+)$/.exec(text) ?? []
  if (images === undefined)
    throw new RecordError({ file, field: 'dataset.slice', expected: 'a slice such as "shard 1/2 of 8"', found: text })
  return { shard: Number(shard), of: Number(of), images: Number(images) }
}
