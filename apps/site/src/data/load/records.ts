import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  costOf,
  type EngineAgreement,
  engineAgreement,
  type Intervals,
  type RecordCost,
  type Results,
} from '@vitrine/measure'
import { type ImageValues, imageValues, nearestThreshold } from '@vitrine/metrics'
import {
  type BenchRecord,
  type EncodedMap,
  methodLabel,
  RecordError,
  readAgreement,
  readVerdict,
  recordFile,
  recordFiles,
  type StoredVerdict,
} from '@vitrine/records'
import type { Derived } from './derive.worker.ts'
import { type Measure, measuresOf } from './measures.ts'
import { soundRecord } from './sound-record.ts'
import { inThreads } from './threads.ts'
import { wholeRecord } from './whole-record.ts'

/** A record without what only its own page shows and most of its columns: thousands of records are in memory at once. */
export interface Entry extends Omit<BenchRecord, 'columns'> {
  /** Means by metric, and their intervals: computed from the columns. */
  readonly summary: Results['summary']
  readonly intervals: Intervals
  readonly cost: RecordCost
  /** How far it is from the records of other engines, without the values per image. */
  readonly agreement: readonly AgreementSummary[]
  /** Name of its page. */
  /** What came of measuring it again; `null` where nobody has, or its file has changed since. */
  readonly verdict: StoredVerdict | null
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
export type AgreementSummary = Omit<EngineAgreement, 'columns'>

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
  const derived = await inThreads<string, Derived[]>(new URL('./derive.worker.ts', import.meta.url), files)
  const entries: Entry[] = []
  for (const [i, found] of derived.flat().entries()) {
    const file = files[i] ?? ''
    // Reading it again says what is wrong with it.
    if (!found) soundRecord(file)
    else entries.push(entryIn(dir, file, found))
    await setImmediate()
  }
  return withAgreement(entries)
}

function entryIn(dir: string, file: string, derived: NonNullable<Derived>): Entry {
  const entry = entryOf(JSON.parse(readFileSync(file, 'utf8')), file, derived)
  const place = join(dir, recordFile(entry))
  if (place === file) return entry
  throw new RecordError({ file, field: 'id', expected: `${entry.id} in ${place}`, found: 'it in another file' })
}

/** Adds how far each record is from those of other engines: their maps from the file beside it, every number from both records. */
function withAgreement(entries: readonly Entry[]): Entry[] {
  const byId = new Map(entries.map(entry => [entry.id, entry]))
  return entries.map(entry => ({
    ...entry,
    agreement: readAgreement(entry.file, entry.id).flatMap(stored => {
      const reference = byId.get(stored.record)
      if (!reference) return []
      const { columns: _, ...summary } = engineAgreement(stored, wholeRecord(reference.file), wholeRecord(entry.file))
      return [summary]
    }),
  }))
}

function entryOf(record: BenchRecord, file: string, { summary, intervals }: NonNullable<Derived>): Entry {
  const { columns, ...rest } = record
  const measures = measuresOf({ summary })
  const at = record.thresholds[nearestThreshold(record.thresholds)]
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
    ...{ summary, intervals, cost: costOf(record), agreement: [] },
    verdict: readVerdict(file),
    slug: record.id.slice(0, 16),
    file,
    row: methodLabel(record),
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

/** The 95 % interval of one of a record's numbers; `null` without one, or where it has one per threshold. */
export function intervalOf({ intervals }: Pick<Entry, 'intervals'>, key: string): readonly [number, number] | null {
  const [low, high] = [intervals[key]].flat()
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null
}
