import { z } from 'zod'
import { isPrintable, PRINTABLE_LINE } from './controls.ts'
import {
  firstForeign,
  isPlainObject,
  isPrintableJson,
  type Json,
  type JsonObject,
  sortedEntries,
  sortedObject,
} from './json.ts'

// The message of a check is the text behind "expected".
const NO_CONTROLS = 'text without control characters'
const line = z.string().regex(PRINTABLE_LINE, NO_CONTROLS)
const name = line.min(1)
const hash = name
const jsonObject = z
  .custom<JsonObject>(value => isPlainObject(value) && firstForeign(value) === undefined, {
    error: 'an object of JSON values',
    abort: true,
  })
  .refine(isPrintableJson, NO_CONTROLS)
  .transform(object => sortedObject(object))
  .meta({ type: 'object' })
const count = z.int().min(0)
const version = z.int().min(1)

function sortNames<T>(object: Record<string, T>): Record<string, T> {
  return Object.fromEntries(sortedEntries(object))
}

export const FORMAT = 'vitrine-record/2'

const recordHash = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower case hexadecimal')
const versionOrHash = z.union([version, recordHash], {
  error: 'a whole number of at least 1, or a sha256 in lower case hexadecimal',
})

export const timingSchema = z.strictObject({
  unit: z.literal('ms'),
  batch: z.int().min(1),
  threads: z.int().min(1).nullable(),
  /** Engines that were timed in the same rounds, as `tfjs:wasm`: their samples can be compared one by one. */
  alongside: z.array(name),
  /** The plain forward pass, one sample per round, in the order taken. */
  forward: z.array(z.number()),
  /** The method with its forward pass, in the same rounds. */
  method: z.array(z.number()),
})

/**
 * Every `of`-th block of the first `images` images of a dataset, the `shard`-th of these parts, counted from 1. A block is so many images in a
 * row, which are measured in the same batch whether or not there are shards; one image where it is left out.
 */
export const sliceSchema = z
  .strictObject({
    shard: z.int().min(1),
    of: z.int().min(2),
    images: z.int().min(1),
    block: z.int().min(2).optional(),
  })
  .refine(({ shard, of }) => shard <= of, { path: ['shard'], error: 'the number of a part, at most `of`' })

/** How many images a part has. The last block of all may be smaller. */
function imagesIn({ shard, of, images, block = 1 }: z.infer<typeof sliceSchema>): number {
  const blocks = Math.ceil(images / block)
  const own = Math.floor((blocks - shard) / of) + 1
  const hasLast = (blocks - shard) % of === 0
  return own * block - (hasLast ? blocks * block - images : 0)
}

const datasetSchema = z
  .strictObject({
    id: name,
    name,
    hash,
    /** How many images a complete record has. */
    images: z.int().min(1),
    /** Which part of the dataset, where that is not its first `images` images. */
    slice: sliceSchema.optional(),
    seed: z.int(),
    licences: z.array(name).optional(),
    details: jsonObject.optional(),
  })
  .refine(({ images, slice }) => !slice || images === imagesIn(slice), {
    path: ['images'],
    error: 'the number of images in the slice',
  })

/** The address of a method's source becomes a link on a page, so it must not be a script. Controls have none: an empty text. */
function hasSafeSource({ source }: JsonObject): boolean {
  if (!isPlainObject(source) || source.url === undefined || source.url === '') return true
  return typeof source.url === 'string' && URL.parse(source.url)?.protocol === 'https:'
}

const methodSchema = z
  .strictObject({
    id: name,
    name,
    family: name,
    options: jsonObject,
    /** The version that the method declares; `null` for a method from a file that declares none. */
    version: version.nullable(),
    /** Hash of the source of a method without a version: what it is known by. `null` for all others. */
    code: hash.nullable(),
    classSpecific: z.boolean(),
    control: z.boolean(),
    details: jsonObject
      .refine(hasSafeSource, { path: ['source', 'url'], error: 'an address that begins with https:' })
      .optional(),
  })
  .refine(({ version, code }) => (version === null) !== (code === null), {
    path: ['code'],
    error: 'a hash where the method has no version, and null where it has one',
  })

/** A metric that is not bundled, as a reader of its columns `custom.TARGET.ID` needs to know it. */
const metricSchema = z
  .strictObject({
    id: name,
    name,
    heading: name,
    /** What kind of metric of a map it is. */
    group: name,
    direction: z.enum(['higher', 'lower']),
    range: z.tuple([z.number(), z.number()]),
    formula: line,
    source: line,
  })
  .refine(({ range: [least, greatest] }) => least < greatest, {
    path: ['range'],
    error: 'a least and a greater number',
  })

/** What is explained where it is not the score of a class alone: each class against the same others, or against the most similar ones. */
const targetSchema = z.strictObject({
  against: z.union([
    z.strictObject({ similar: z.int().min(1) }),
    z.strictObject({ classes: z.array(z.int().min(0)).min(1).readonly() }),
  ]),
})

/** Everything that is known before the first image: what is measured, how and where. */
export const headerSchema = z.strictObject({
  /** What the run chose differently from the defaults, as a short label; `null` for the default choice. */
  variant: name.nullable(),
  model: z.strictObject({ id: name, name, hash, classes: z.int().min(1), details: jsonObject.optional() }),
  dataset: datasetSchema,
  method: methodSchema,
  backend: z.strictObject({
    id: name,
    engine: name,
    version: name,
    threads: z.int().min(1).nullable(),
    batch: z.int().min(1),
    details: jsonObject.optional(),
  }),
  /** A class, the predicted one or the label, where it is left out. */
  target: targetSchema.optional(),
  protocol: z.strictObject({ id: name, choices: jsonObject }),
  /**
   * Per group of stored columns, the version of the code that makes them. A metric that is not bundled is a group of its own, `custom.ID`; if
   * it declares no version, the hash of its code stands here.
   */
  versions: z.record(name, versionOrHash).transform(sortNames),
  /** The metrics that are not bundled, by id. */
  metrics: z.array(metricSchema).min(1).optional(),
  thresholds: z.array(z.number()),
  seed: z.int(),
  /**
   * Floating-point operations of one explanation as a multiple of the forward pass's; `null` where the method decides while it runs how
   * many passes it takes: the column `cost` has what each image took.
   */
  relativeFlops: z.number().nullable(),
  /** Hashes of code and programs: where the numbers came from. They are no part of the record's identity. */
  provenance: z.record(name, line).transform(sortNames),
  environment: z.strictObject({
    node: name,
    os: name,
    arch: name,
    cpu: line,
    cores: z.int().min(1),
    /** Bytes. */
    memory: count,
    versions: z.record(name, line).transform(sortNames),
  }),
})

const { environment, ...identity } = headerSchema.shape

/** The one definition of a record, in the order in which its fields are written. */
export const recordSchema = z.strictObject({
  format: z.literal(FORMAT),
  id: recordHash,
  /** Ids under which the same measurements were published before, the latest first. */
  previously: z.array(hash).default([]),
  status: z.enum(['ok', 'unsupported', 'failed']),
  /** Why the status is not `ok`. */
  reason: z.string().min(1).refine(isPrintable, NO_CONTROLS).nullable(),
  ...identity,
  timing: timingSchema.nullable(),
  environment,
  /** The finished images, by `index`, their position in the dataset slice. */
  images: z.strictObject({
    index: z.array(count),
    id: z.array(name),
    label: z.array(z.int()),
    predicted: z.array(z.int()),
    /** Of the predicted class. */
    probability: z.array(z.number()),
  }),
  /** One value per finished image under each name, all of one kind or `null`; `map.*` holds `EncodedMap`s. */
  columns: z.record(name, z.array(z.custom<Json>())).transform(sortNames),
})

/** How far a record's maps are from those of another engine's record of the same question, from the maps as they left the engines. */
export const agreementSchema = z.strictObject({
  /** The other engine, as `onnx:cpu`, which is taken as right, and its record. */
  engine: name,
  record: hash,
  /** Per image: `map.predicted.absolute`, `map.predicted.relative`, `map.predicted.spearman`, likewise of `label`. */
  columns: z.record(name, z.array(z.number().nullable())).transform(sortNames),
})

export const AGREEMENT_FORMAT = 'vitrine-agreement/1'

/** The file beside a record: its maps against those of other engines. */
export const agreementFileSchema = z.strictObject({
  format: z.literal(AGREEMENT_FORMAT),
  record: recordHash,
  agreement: z.array(agreementSchema),
})

/** A metric of a record that is not bundled. */
export type CustomMetric = z.infer<typeof metricSchema>
/** What is measured, how and where; see `recordKey` for the part that is its identity. */
export type RecordHeader = z.infer<typeof headerSchema>
/** A record's header without the machine that measured it. */
export type Identity = Omit<RecordHeader, 'environment'>
export type DatasetSlice = z.infer<typeof sliceSchema>
export type Timing = z.infer<typeof timingSchema>
export type Agreement = z.infer<typeof agreementSchema>
export type AgreementFile = z.infer<typeof agreementFileSchema>
export type RecordStatus = BenchRecord['status']

/** One benchmark of one method: (model, dataset, method + options, backend + engine, protocol). */
export type BenchRecord = z.infer<typeof recordSchema>

/** The per-image part of a record. */
export type ImageColumns = Pick<BenchRecord, 'images' | 'columns'>
