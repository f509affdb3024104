import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkAgreement, checkRecord } from '../record/check.ts'
import { RecordError } from '../record/errors.ts'
import { choices, hashJson, hashText } from '../record/hash.ts'
import { agreementText, recordText } from '../record/layout.ts'
import type { Agreement, BenchRecord, Identity } from '../record/schema.ts'
import { checkVerdict, type StoredVerdict, verdictText } from '../record/verdict.ts'
import { guarded } from './faults.ts'
import { sizeOfFile } from './regular-file.ts'
import type { RecordFilter, Store, Unit } from './store.ts'

/** What `publish` did: paths below its folder, and the ids that lost their file to a record asked for later. */
export interface Published {
  written: string[]
  unchanged: string[]
  /** Files of agreement that lay beside a record that was replaced. */
  removed: string[]
  superseded: string[]
}

/**
 * Where a record is published: `<model>/<dataset>/<protocol>/<method>.<backend>-<engine>[.<variant>~<hash>].json`, always
 * with `/`. The name has what was chosen and not the hashes of weights, data and code, so a recomputed record replaces its
 * predecessor. An id that a file system could take for another (capitals, `/`, …) is cleaned and gets a hash of its own.
 *
 * @example
 * recordFile(header)                               // 'icon-vit/icon-scenes/paper/agcam.onnx-cpu.json'
 */
export function recordFile(header: Identity): string {
  const { model, dataset, protocol, method, backend, variant } = header
  const folder = [model.id, dataset.id, protocol.id].map(id => safe(id, /^[a-z0-9_][a-z0-9._-]*(?<!\.)$/)).join('/')
  const word = /^[a-z0-9_][a-z0-9_-]*$/
  const engine = `${safe(backend.id, /^[a-z0-9_]+$/)}-${safe(backend.engine, word)}`
  const suffix = variant === null ? '' : `.${plain(variant)}~${hashJson(choices(header)).slice(0, 8)}`
  return `${folder}/${safe(method.id, word)}.${engine}${suffix}.json`
}

const AGREEMENT = '.agreement.json'
const VERDICT = '.verdict.json'

/** The file beside a record's that says how far its maps are from those of other engines. */
export const agreementFile = (record: string): string => record.replace(/\.json$/, AGREEMENT)

/** The file beside a record's that says what came of measuring it again. */
export const verdictFile = (record: string): string => record.replace(/\.json$/, VERDICT)

/** The hash by which a verdict knows the file of its record. */
export const fileHash = (file: string): string => hashText(guarded(file, () => readFileSync(file, 'utf8')))

/** Writes what came of measuring a record again beside its file. */
export function writeVerdict(file: string, verdict: StoredVerdict): void {
  replaceFile(verdictFile(file), verdictText(verdict))
}

/**
 * What came of measuring a record again, from the file beside its own; `null` without one, and where the record's file has changed since.
 *
 * @param file the record's
 * @throws {RecordError} for a damaged file
 */
export function readVerdict(file: string): StoredVerdict | null {
  const beside = verdictFile(file)
  if (sizeOfFile(beside) === undefined) return null
  const found = checkVerdict(readJson(beside), beside)
  return found.sha256 === fileHash(file) ? found : null
}

/**
 * Writes the finished records of the store below `dir`, one file each, and what is known of their maps on other engines beside them. A file
 * is replaced in one step and only when its text changes. Of records with the same file name (the code changed in between) the one asked
 * for last is written.
 *
 * @throws {RecordError} for a file that cannot be written, and for a record that is damaged in the store
 *
 * @example
 * publish(store, 'results', { protocol: 'paper' })
 */
export function publish(store: Store, dir: string, filter?: RecordFilter): Published {
  const result: Published = { written: [], unchanged: [], removed: [], superseded: [] }
  const write = (path: string, text: string) =>
    result[replaceFile(join(dir, path), text) ? 'written' : 'unchanged'].push(path)
  for (const [file, [current, ...older]] of unitsByFile(store, filter)) {
    result.superseded.push(...older.map(({ id }) => id))
    const record = current && store.record(current.id)
    if (!record) continue
    write(file, recordText(record))
    const beside = agreementFile(file)
    const agreement = store.agreement(record.id)
    if (agreement.length > 0) write(beside, agreementText(record.id, agreement))
    else if (removeForeign(join(dir, beside), record.id)) result.removed.push(beside)
  }
  return result
}

/** Removes the agreement of a record that has lost its file to the record `id`. That of the same record is as true as before. */
function removeForeign(file: string, id: string): boolean {
  if (sizeOfFile(file) === undefined || checkAgreement(readJson(file), file).record === id) return false
  guarded(file, () => rmSync(file))
  return true
}

/** The finished units whose records `publish` writes. */
export function currentUnits(store: Store, filter?: RecordFilter): Unit[] {
  return [...unitsByFile(store, filter).values()].flatMap(([current]) => current ?? [])
}

/** The finished units of each file, the one asked for last first. */
function unitsByFile(store: Store, filter?: RecordFilter): Map<string, Unit[]> {
  const finished = store.units(filter).filter(({ status }) => status !== 'running')
  return Map.groupBy(finished, ({ header }) => recordFile(header))
}

/** The largest file that is read, in bytes: about 100,000 images. */
const LARGEST = 256 * 2 ** 20

/**
 * Reads one record file.
 *
 * @throws {RecordError} for a file that is damaged, foreign, larger than 256 MiB, missing or no regular file, with the file, the field, what
 * was expected and found
 */
export const readRecord = (file: string): BenchRecord => checkRecord(readJson(file), file)

/**
 * How far a record's maps are from those of other engines, from the file beside the record's; empty without one.
 *
 * @param file the record's
 * @throws {RecordError} for a damaged file, or one of another record
 */
export function readAgreement(file: string, record: string): readonly Agreement[] {
  const beside = agreementFile(file)
  if (sizeOfFile(beside) === undefined) return []
  const found = checkAgreement(readJson(beside), beside)
  if (found.record === record) return found.agreement
  const remedy = 'remove it, or publish the record again'
  throw new RecordError({ file: beside, field: 'record', expected: record, found: found.record, remedy })
}

function readJson(file: string): unknown {
  const size = sizeOfFile(file)
  if (size !== undefined && size > LARGEST) {
    const expected = `a record of at most ${LARGEST / 2 ** 20} MiB`
    throw new RecordError({ file, field: '', expected, found: `${Math.ceil(size / 2 ** 20)} MiB` })
  }
  const text = guarded(file, () => readFileSync(file, 'utf8'))
  try {
    return JSON.parse(text)
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    throw new RecordError({ file, field: '', expected: 'JSON', found }, { cause: error })
  }
}

/**
 * Reads every `.json` file below `dir`, one at a time, in the order of their paths. Two files of one record are a
 * `RecordError`, as is a folder that does not exist.
 *
 * @example
 * for (const record of readRecords('results')) console.log(record.method.name, record.status)
 */
export function* readRecords(dir: string): Generator<BenchRecord> {
  for (const { record } of readFiles(dir)) yield record
}

function* readFiles(dir: string): Generator<{ file: string; record: BenchRecord }> {
  const files = new Map<string, string>()
  for (const file of recordFiles(dir)) {
    const record = readRecord(file)
    const twin = files.get(record.id)
    if (twin) throw new RecordError({ file, field: 'id', expected: 'a record of its own', found: `the one in ${twin}` })
    files.set(record.id, file)
    yield { file, record }
  }
}

/**
 * Fills the store from the files below `dir`, all or none, and returns how many records that were. Published again, they
 * give the same files. Units without a file stay as they are.
 */
export function rebuild(store: Store, dir: string): number {
  const agreements: [string, readonly Agreement[]][] = []
  function* records(): Generator<BenchRecord> {
    for (const { file, record } of readFiles(dir)) {
      agreements.push([record.id, readAgreement(file, record.id)])
      yield record
    }
  }
  const count = store.put(records())
  for (const [id, agreement] of agreements) if (agreement.length > 0) store.saveAgreement(id, agreement)
  return count
}

/**
 * The record files below `dir`, in the order of their paths.
 *
 * @throws {RecordError} if there is no such folder
 */
export function recordFiles(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter(isRecordFile)
      .sort()
      .map(path => join(dir, path))
  } catch (error) {
    throw new RecordError(
      { file: dir, field: '', expected: 'a folder of records', found: String(error) },
      { cause: error },
    )
  }
}

/** Whether a path is a record's, by its name: agreement and verdicts lie beside records. */
export const isRecordFile = (path: string): boolean =>
  path.endsWith('.json') && !path.endsWith(AGREEMENT) && !path.endsWith(VERDICT)

/** Whether the file had to change. */
function replaceFile(file: string, text: string): boolean {
  if (sizeOfFile(file) === Buffer.byteLength(text) && guarded(file, () => readFileSync(file, 'utf8')) === text)
    return false
  const draft = `${file}.${process.pid}.tmp`
  guarded(file, () => {
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(draft, text)
      renameSync(draft, file)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
  })
  return true
}

/** Names that Windows keeps for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/

function safe(id: string, pattern: RegExp): string {
  if (id.length <= 80 && pattern.test(id) && !DEVICE.test(id)) return id
  return `${plain(id)}~${hashJson(id).slice(0, 8)}`
}

function plain(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return words.slice(0, 40).replaceAll(/^-|-$/g, '') || 'x'
}
