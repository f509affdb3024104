import { z } from 'zod'
import { firstForeign, isPlainObject, type Json, type JsonObject, sortedEntries, sortedObject } from './json.ts'

// The message of a custom check is the text behind "expected".
const json = z.custom<Json>(value => firstForeign(value) === undefined, 'a finite number or other JSON value')
const jsonObject = z
  .custom<JsonObject>(value => isPlainObject(value) && firstForeign(value) === undefined, 'an object of JSON values')
  .transform(object => sortedObject(object))
const numbers = z.record(z.string(), z.number()).transform(sortNames)
const name = z.string().min(1)
const hash = z.string().min(1)
const count = z.int().min(0)

function sortNames<T>(object: Record<string, T>): Record<string, T> {
  return Object.fromEntries(sortedEntries(object))
}

export const FORMAT = 'vitrine-record/1'

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

const spread = z.strictObject({ median: z.number(), worst: z.number() })

/** How far the record is from the one that another engine made of the same question. */
export const agreementSchema = z.strictObject({
  /** The other engine, as `onnx:cpu`, which is taken as right, and its record. */
  engine: name,
  record: hash,
  /** Per image: `map.predicted.absolute`, `map.predicted.relative`, `map.predicted.spearman`, and per metric the size of the difference. */
  columns: z.record(z.string(), z.array(z.number().nullable())).transform(sortNames),
  /** Over the images that have a number. */
  summary: z.record(z.string(), spread).transform(sortNames),
})

const interval = z.tuple([z.number(), z.number()]).nullable()
const rank = z.int().min(1)

/** What the record differs by from another on the same images: the mean, and its interval, `null` where fewer than two have both. */
const difference = { difference: z.number(), interval }

/**
 * Where the record stands in its group: the records of the same model, images, engine, protocol and seed that may be ranked. It holds for
 * the group that it names and no other.
 */
export const standingSchema = z.strictObject({
  /** `groupHash` of the ids of the records that were compared, this one among them. */
  group: hash,
  /** How many they are. */
  members: z.int().min(1),
  /** Of the bootstrap, and its seed. */
  resamples: z.int().min(1),
  seed: z.int(),
  /** Share of the resamples that intervals and ranks hold. */
  level: z.number().min(0).max(1),
  /** Its rank by mean IoU at each of the record's thresholds; empty where it has no IoU. */
  thresholdRanks: z.array(rank).default([]),
  /** Per metric, as `localization.predicted.iou@0.5`; none where no image has a value. */
  metrics: z
    .record(
      z.string(),
      z.strictObject({
        rank,
        /** The least and the greatest rank that it holds; `null` for fewer than two images. */
        ranks: z.tuple([rank, rank]).nullable(),
        /** Against the method with the best mean. */
        best: z.strictObject({ method: name, ...difference }),
        tiedWithBest: z.boolean(),
        /** Against every other control, and whether it is better by more than chance. */
        controls: z.array(z.strictObject({ method: name, ...difference, beaten: z.boolean() })),
      }),
    )
    .transform(sortNames),
})

/** Everything that is known before the first image: what is measured, how and where. */
export const headerSchema = z.strictObject({
  /** What the run chose differently from the defaults, as a short label; `null` for the default choice. */
  variant: name.nullable(),
  model: z.strictObject({ id: name, name, hash, classes: z.int().min(1), details: jsonObject.optional() }),
  dataset: z.strictObject({
    id: name,
    name,
    hash,
    /** How many images a complete record has. */
    images: z.int().min(1),
    /** Which part of the dataset, where that is not its first `images` images. */
    slice: name.optional(),
    seed: z.int(),
    licences: z.array(name).optional(),
    details: jsonObject.optional(),
  }),
  method: z.strictObject({
    id: name,
    name,
    family: name,
    options: jsonObject,
    hash,
    classSpecific: z.boolean(),
    control: z.boolean(),
    details: jsonObject.optional(),
  }),
  backend: z.strictObject({
    id: name,
    engine: name,
    version: name,
    threads: z.int().min(1).nullable(),
    batch: z.int().min(1),
    details: jsonObject.optional(),
  }),
  protocol: z.strictObject({ id: name, hash, choices: jsonObject }),
  thresholds: z.array(z.number()),
  seed: z.int(),
  environment: z.strictObject({
    node: name,
    os: name,
    arch: name,
    cpu: z.string(),
    cores: z.int().min(1),
    /** Bytes. */
    memory: count,
    versions: z.record(z.string(), z.string()).transform(sortNames),
  }),
})

/** What is known once every image is finished. */
export const resultsSchema = z.strictObject({
  /** Metric to value; `null` where the metric has none, a list where there is one value per threshold or step. */
  summary: z.record(z.string(), json).transform(object => sortedObject(object)),
  /**
   * Metric to the 95 % interval of its value, `[low, high]`; a list of them where the value is a list, `null` where there is none. A
   * metric without an interval is left out.
   */
  intervals: z
    .record(z.string(), json)
    .transform(object => sortedObject(object))
    .default({}),
  /** What happened to how many images: flat maps, empty truths, wrong predictions, … */
  counts: z.record(z.string(), count).transform(sortNames),
  /** Forward and backward rows, floating point operations, multiples of the forward pass, … */
  cost: numbers,
})

const { environment, ...identity } = headerSchema.shape

/** The one definition of a record, in the order in which its fields are written. */
export const recordSchema = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower case hexadecimal'),
  status: z.enum(['ok', 'unsupported', 'failed']),
  /** Why the status is not `ok`. */
  reason: name.nullable(),
  ...identity,
  ...resultsSchema.shape,
  timing: timingSchema.nullable(),
  agreement: z.array(agreementSchema),
  /** `null` until its group is compared, and for what is in no ranking. */
  standing: standingSchema.nullable().default(null),
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
  columns: z.record(z.string(), z.array(z.custom<Json>())).transform(sortNames),
})

/** What is measured, how and where; see `recordKey` for the part that is its identity. */
export type RecordHeader = z.infer<typeof headerSchema>
export type Results = z.infer<typeof resultsSchema>
export type Timing = z.infer<typeof timingSchema>
export type Agreement = z.infer<typeof agreementSchema>
export type Standing = z.infer<typeof standingSchema>
export type RecordStatus = BenchRecord['status']

/** One benchmark of one method: (model, dataset, method + options, backend + engine, protocol). */
export type BenchRecord = z.infer<typeof recordSchema>

/** The per-image part of a record. */
export type ImageColumns = Pick<BenchRecord, 'images' | 'columns'>
