import type { EngineFacts, Position } from '@vitrine/measure'
import { hashText, type JsonObject } from '@vitrine/records'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { MethodRef, Task, TaskUnit, WorkerSetup } from '../sweep/task.ts'
import { KEPT, key } from './names.ts'

// What is on the queue. Tasks of a sweep have nearly everything in common: that is an order, kept once under its hash. A job names its order and
// the images.

/** What a worker opens, without the places of one machine. */
export type OrderedSetup = Omit<WorkerSetup, 'engine' | 'threads' | 'places'>

/** A model on an engine, and what is to be measured of the images of a dataset. It names nothing on one machine. */
export interface Order {
  readonly setup: OrderedSetup
  /** The engine and its version, which is part of what the numbers are known by. */
  readonly engine: Pick<EngineFacts, 'id' | 'engine' | 'version'>
  readonly task: Omit<Task, 'positions' | 'wanted'>
  /** How a dataset in files is read: `ilsvrc` of `ilsvrc:ROOT?split=…`; nothing for a bundled one. */
  readonly kind: string | null
}

/** Some images of an order. */
export interface JobData {
  readonly order: string
  readonly sweep: string
  readonly positions: readonly Position[]
  readonly wanted: readonly number[]
}

/** What a worker answers when the rows of a task are written. */
export interface JobResult {
  readonly place: string
  readonly chunks: number
  readonly passes: number
  readonly worker: string
}

/** A schema for each property, so that one that is added elsewhere is asked for here. */
type Shape<T> = { readonly [K in keyof Required<T>]: z.ZodType }

const name = z.string().min(1)
const object = z.custom<JsonObject>(value => typeof value === 'object' && value !== null && !Array.isArray(value))
const source = z.strictObject({ hash: name, entry: name, files: z.record(z.string(), z.string()) })
const engine = z.strictObject({ id: name, engine: name, version: name })

export const methodSchema: z.ZodType<MethodRef> = z.strictObject({
  id: name,
  options: object,
  version: z.number().nullable(),
  code: z.string().nullable(),
  source: source.optional(),
} satisfies Shape<MethodRef>)

export const setupSchema: z.ZodType<OrderedSetup> = z.strictObject({
  model: z.strictObject({ spec: name, hash: name }),
  precision: z.enum(['single', 'double']).optional(),
  against: z
    .union([z.strictObject({ similar: z.int().min(1) }), z.strictObject({ classes: z.array(z.int().min(0)).min(1) })])
    .optional(),
  batch: z.int().min(1),
  plugins: z
    .strictObject({
      metrics: z.array(z.strictObject({ version: z.union([z.number(), z.string()]), source })),
      readers: z.array(source),
    })
    .optional(),
} satisfies Shape<OrderedSetup>)

const unit = z.strictObject({
  id: name,
  method: methodSchema,
  protocol: z.custom<TaskUnit['protocol']>(value => object.safeParse(value).success),
  versions: z.record(z.string(), z.union([z.number(), z.string()])),
} satisfies Shape<TaskUnit>)

const orderSchema = z.strictObject({
  setup: setupSchema,
  engine,
  kind: z.string().nullable(),
  task: z.strictObject({
    dataset: z.strictObject({ id: name, hash: name, seed: z.number() }),
    units: z.array(unit).min(1),
    thresholds: z.array(z.number()),
    seed: z.number(),
    groups: z.array(z.custom<Task['groups'][number]>(value => typeof value === 'string')),
  } satisfies Shape<Order['task']>),
} satisfies Shape<Order>)

const jobSchema = z.strictObject({
  order: name,
  sweep: name,
  positions: z.array(z.strictObject({ index: z.int().min(0), at: z.int().min(0) })).min(1),
  wanted: z.array(z.int().min(0)),
})

const resultSchema = z.strictObject({ place: name, chunks: z.int().min(0), passes: z.number(), worker: name })

/** What is wrong with data from the queue, in one line. */
const problemOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`).join('; ')

function read<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const found = schema.safeParse(value)
  if (found.success) return found.data
  throw new Error(`expected ${what}, found another thing on the queue: ${problemOf(found.error)}`)
}

/** @throws for what is no task of this version */
export const readJob = (data: unknown): JobData => read('a task', jobSchema, data)

/** @throws for what is no answer of this version */
export const readResult = (data: unknown): JobResult => read('the answer to a task', resultSchema, data)

/** What of a worker's setup is the same on every machine. */
export function orderedSetup({ engine: _, threads: __, places: ___, ...own }: WorkerSetup): OrderedSetup {
  return own
}

/** Whether an order is on the queue. It is kept anew from here on. */
export const keepOrder = async (client: Redis, hash: string): Promise<boolean> =>
  (await client.expire(key('order', hash), KEPT)) === 1

/** Puts an order on the queue, unless it is there. @returns its hash */
export async function putOrder(client: Redis, text: string): Promise<string> {
  const hash = hashText(text)
  if (!(await keepOrder(client, hash))) await client.set(key('order', hash), text, 'EX', KEPT)
  return hash
}

/** @throws for an order that is not there, or whose text is not that of its hash */
export async function getOrder(client: Redis, hash: string): Promise<Order> {
  const text = await client.get(key('order', hash))
  if (text === null) throw new Error(`expected the order ${hash} of the task on the queue, found none`)
  if (hashText(text) !== hash) throw new Error(`expected the order ${hash}, found one with the hash ${hashText(text)}`)
  return read('an order', orderSchema, JSON.parse(text))
}
