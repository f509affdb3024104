import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type ImageValues, imageValues } from '@vitrine/metrics'
import {
  type Agreement,
  type BenchRecord,
  type EncodedMap,
  RecordError,
  readRecord,
  recordFile,
  recordFiles,
} from '@vitrine/records'
import { type Measure, measuresOf } from './measures.ts'
import { inThreads } from './threads.ts'

/** A record without what only its own page shows and most of its columns: thousands of records are in memory at once. */
export interface Entry extends Omit<BenchRecord, 'columns' | 'agreement' | 'standing' | 'counts'> {
  /** How far it is from the records of other engines, without the values per image. */
  readonly agreement: readonly EngineAgreement[]
  /** Name of its page. */
  readonly slug: string
  readonly file: string
  /** The method and its options where they are not the defaults; one row of a board. */
  readonly row: string
  readonly measures: readonly Measure[]
  /** Values per image: at the threshold nearest to one half, or the only ones. By the measure's key. */
  readonly values: ReadonlyMap<string, ImageValues>
  /** By the class that is explained: `predicted`, `label`, … */
  readonly maps: ReadonlyMap<string, readonly (EncodedMap | null)[]>
  readonly correct: readonly boolean[]
  /** Whether the method is told the truth. */
  readonly ceiling: boolean
}

/** Two engines' records of the same question; which of them is taken as right does not matter to how far they are apart. */
export type EngineAgreement = Omit<Agreement, 'columns'>

/** The position of the threshold nearest to one half, where boards begin. */
export const middle = (thresholds: readonly number[]): number =>
  thresholds.reduce((best, t, i) => (Math.abs(t - 0.5) < Math.abs((thresholds[best] ?? 9) - 0.5) ? i : best), 0)

/**
 * Reads every record below `dir`, in the order of their paths, while other threads check them.
 *
 * @throws {RecordError} for the first that is damaged, foreign or in the place of another
 */
export async function loadEntries(dir: string): Promise<Entry[]> {
  const files = recordFiles(dir)
  if (files.length === 0) {
    throw new RecordError({ file: dir, field: '', expected: 'at least one record', found: 'none' })
  }
  const checked = inThreads<string, string | undefined>(new URL('./check.worker.ts', import.meta.url), files)
  const [entries, damaged] = await Promise.allSettled([entriesIn(dir, files), checked])
  if (damaged.status === 'rejected') throw damaged.reason
  // Reading it again says what is wrong with it.
  for (const file of damaged.value) if (file !== undefined) readRecord(file)
  if (entries.status === 'rejected') throw entries.reason
  return entries.value
}

async function entriesIn(dir: string, files: readonly string[]): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const file of files) {
    entries.push(entryIn(dir, file))
    // Threads are given their next part in between.
    await setImmediate()
  }
  return entries
}

function entryIn(dir: string, file: string): Entry {
  const entry = entryOf(JSON.parse(readFileSync(file, 'utf8')), file)
  const place = join(dir, recordFile(entry))
  if (place === file) return entry
  throw new RecordError({ file, field: 'id', expected: `${entry.id} in ${place}`, found: 'it in another file' })
}

function entryOf(record: BenchRecord, file: string): Entry {
  const { columns, agreement, standing: _, counts: __, ...rest } = record
  const measures = measuresOf(record)
  const at = record.thresholds[middle(record.thresholds)]
  const values = measures.flatMap(({ key, metric, target, perThreshold, best }) => {
    const found = imageValues(record, {
      metric: metric.id,
      target,
      ...(best ? { at: 'best' } : perThreshold && { at }),
    })
    return found ? [[key, found] as const] : []
  })
  const maps = Object.entries(columns).flatMap(([name, cells]) =>
    name.startsWith('map.') ? [[name.slice(4), cells as (EncodedMap | null)[]] as const] : [],
  )
  return {
    ...rest,
    model: shared(rest.model),
    dataset: shared(rest.dataset),
    protocol: shared(rest.protocol),
    environment: shared(rest.environment),
    images: shared(rest.images),
    agreement: agreement.map(({ engine, record, summary }) => ({ engine, record, summary })),
    slug: record.id.slice(0, 16),
    file,
    row: rowName(record),
    measures,
    values: new Map(values),
    maps: new Map(maps),
    correct: (columns.correct ?? []).map(value => value === true),
    ceiling: record.method.details?.readsTruth === true,
  }
}

const known = new Map<string, unknown>()

/** The first of the values that are equal to this one: what many records repeat is in memory once. */
function shared<Value>(value: Value): Value {
  const text = JSON.stringify(value)
  if (!known.has(text)) known.set(text, value)
  return known.get(text) as Value
}

function rowName({ variant, method }: BenchRecord): string {
  const options = variant?.split(' ').filter(part => (part.split('=')[0] ?? '') in method.options) ?? []
  return options.length === 0 ? method.id : `${method.id}[${options.join(',')}]`
}

/** The engine as it is asked for: `onnx:cpu`. */
export const engineOf = ({ backend }: Pick<BenchRecord, 'backend'>): string => `${backend.id}:${backend.engine}`

/** The 95 % interval of one of a record's numbers; `null` without one, or where it has one per threshold. */
export function intervalOf(
  { intervals }: Pick<BenchRecord, 'intervals'>,
  key: string,
): readonly [number, number] | null {
  const [low, high] = [intervals[key]].flat()
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null
}
