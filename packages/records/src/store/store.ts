import { and, desc, eq, ne } from 'drizzle-orm'
import { check, checkRecord } from '../record/check.ts'
import { printable } from '../record/controls.ts'
import { RecordError } from '../record/errors.ts'
import { questionId, recordId } from '../record/hash.ts'
import {
  type Agreement,
  agreementSchema,
  type BenchRecord,
  FORMAT,
  headerSchema,
  type ImageColumns,
  type RecordHeader,
  type RecordStatus,
  type Timing,
  timingSchema,
} from '../record/schema.ts'
import { type Database, type OpenOptions, openDatabase } from './database.ts'
import { guarded } from './faults.ts'
import { bytesOf, floatsOf } from './floats.ts'
import { type ImageRow, rowColumns, rowFault } from './rows.ts'
import { isOfGroups, UNREADABLE } from './stale.ts'
import { matching, nextTurn, placeOf, prepare } from './statements.ts'
import { storedImage, storedRecord, storedUnit } from './stored.ts'
import { images, units } from './tables.ts'
import { takeOver } from './take-over.ts'

/** One piece of work: a record that is finished or on its way. */
export interface Unit {
  id: string
  status: 'running' | RecordStatus
  reason: string | null
  header: RecordHeader
  /** Whether it has timing samples. */
  timed: boolean
}

/** A unit with what it has and lacks. */
export interface BegunUnit extends Unit {
  /** Positions of finished images. */
  done: ReadonlySet<number>
  /** By position, the groups of columns that an image lacks, of images that have some: taken over from an earlier version. */
  lacking: ReadonlyMap<number, readonly string[]>
}

/** Each field is a value or a list of allowed values; a field left out allows all. */
export interface RecordFilter {
  id?: string | readonly string[]
  model?: string | readonly string[]
  dataset?: string | readonly string[]
  method?: string | readonly string[]
  backend?: string | readonly string[]
  engine?: string | readonly string[]
  protocol?: string | readonly string[]
  status?: Unit['status'] | readonly Unit['status'][]
}

/** The working store of a sweep. Every call is one transaction; any number of processes may use one file. */
export interface Store extends Disposable {
  /**
   * Creates the unit of `header`, or finds it, and says which images are stored already. An `ok` unit stays as it is. A `failed` or
   * `unsupported` one is opened for another try and keeps its images. A new unit takes over the images of the last unit with the same
   * question that other versions of some groups of columns made, without the columns of these groups.
   */
  begin(header: RecordHeader): BegunUnit
  /**
   * Stores finished images of any number of units, all or none. An image that is finished keeps its values; one that lacks groups of
   * columns gets those that it lacks.
   */
  saveImages(rows: readonly ImageRow[]): void
  /** Stores timing samples; also for a unit that is finished. */
  saveTiming(id: string, timing: Timing): void
  /** Stores how far the unit's maps are from those of other engines; also for a unit that is finished. */
  saveAgreement(id: string, agreement: readonly Agreement[]): void
  /** Makes the unit `ok`. Images that are missing or lack a group of columns are a `RecordError`. */
  finish(id: string): void
  /** Makes the unit `failed`, unless another process has made it `ok`. */
  fail(id: string, reason: string): void
  /** Makes the unit `unsupported`, unless another process has made it `ok`. */
  unsupported(id: string, reason: string): void
  /** The images that a unit has so far, those that still lack groups of columns among them. */
  images(id: string): ImageColumns
  /** The maps of a name that a unit has, as they left the engine, by the position of their image. */
  maps(id: string, name: string): ReadonlyMap<number, Float32Array>
  /** How far a unit's maps are from those of other engines; empty where they were not compared. */
  agreement(id: string): readonly Agreement[]
  /** The record of a unit in full precision; `undefined` while it is unknown or running. */
  record(id: string): BenchRecord | undefined
  /** All finished records, one at a time, the one asked for last first. */
  records(filter?: RecordFilter): Generator<BenchRecord>
  /** All units in the same order, without their images. */
  units(filter?: RecordFilter): Unit[]
  /** Stores whole records, all or none, in place of those with the same ids. Returns how many. */
  put(records: Iterable<BenchRecord>): number
  close(): void
}

/** Rows per query when a record is read. */
const PAGE = 1000

/**
 * Opens the store in the SQLite file at `path`, which is created where it is missing. An empty file becomes a new store too, since another
 * process may be creating it, unless `existing` is set.
 *
 * @throws {RecordError} for a file that is no store, is damaged or locked, cannot be written, or holds records of the first format. So does
 * every method, naming the file and what to do.
 *
 * @example
 * using store = openStore('out/records.sqlite')
 * const { id, done } = store.begin(header)
 * for (const batch of batches) store.saveImages(rowsOf(id, batch.filter(image => !done.has(image.index))))
 * store.finish(id)
 */
export function openStore(path: string, options: OpenOptions = {}): Store {
  const db = openDatabase(path, options)
  try {
    return guarded(path, () => storeIn(db, path))
  } catch (error) {
    db.$client.close()
    throw error
  }
}

function storeIn(db: Database, path: string): Store {
  const statements = prepare(db)
  const known = new Map<string, { number: number; images: number }>()

  /** A function whose errors of SQLite name the file and say what to do. */
  const on =
    <A extends unknown[], R>(work: (...of: A) => R) =>
    (...of: A): R =>
      guarded(path, () => work(...of))

  function findUnit(id: string) {
    const row = statements.unit.get({ id })
    return row && storedUnit(row, path)
  }

  function unitOf(id: string): { number: number; images: number } {
    const cached = known.get(id)
    if (cached) return cached
    const row = findUnit(id)
    if (!row) throw new RecordError({ file: path, field: 'id', expected: 'a unit that was begun', found: id })
    const unit = { number: row.number, images: row.header.dataset.images }
    known.set(id, unit)
    return unit
  }

  function write<T>(work: () => T): T {
    try {
      return db.transaction(work, { behavior: 'immediate' })
    } catch (error) {
      // A unit that was created and rolled back has no number.
      known.clear()
      throw error
    }
  }

  function settle(id: string, status: 'failed' | 'unsupported', reason: string): void {
    unitOf(id)
    const open = and(eq(units.id, id), ne(units.status, 'ok'))
    db.update(units)
      .set({ status, reason: printable(reason) || 'no reason was given' })
      .where(open)
      .run()
  }

  /** @param all whether images that still lack groups of columns are wanted too */
  function collect(number: number, all = false): ImageColumns {
    const columns = rowColumns()
    for (let after = -1, more = true; more; ) {
      const page = statements.page.all({ unit: number, after, limit: PAGE })
      for (const row of page) if (all || row.lacking === null) columns.add(storedImage(row, path))
      after = page.at(-1)?.position ?? after
      more = page.length === PAGE
    }
    return columns.done()
  }

  function saveImage(row: ImageRow): void {
    const unit = unitOf(row.unit)
    const fault = rowFault(row, unit.images)
    if (fault) throw new RecordError(fault)
    const { index, id, label, predicted, probability, values, maps: own = {} } = row
    const place = { unit: unit.number, position: index }
    const saved = statements.save.run({ ...place, image: id, label, predicted, probability, cells: values })
    if (saved.changes === 0) complete(place, values)
    for (const [name, map] of Object.entries(own)) {
      statements.saveMap.run({ ...place, name, values: bytesOf(map) })
    }
  }

  /** Gives an image that is there already the columns of the groups that it lacks. */
  function complete(place: { unit: number; position: number }, values: ImageRow['values']): void {
    const row = statements.image.get(place)
    const { lacking, cells } = row ? storedImage(row, path) : { lacking: null, cells: {} }
    if (lacking === null) return
    const missing = Object.entries(values).filter(([name]) => name === UNREADABLE || isOfGroups(name, lacking))
    db.update(images)
      .set({ cells: { ...cells, ...Object.fromEntries(missing) }, lacking: null })
      .where(and(eq(images.unit, place.unit), eq(images.position, place.position)))
      .run()
  }

  const store: Store = {
    begin: on(header => {
      const valid = check(headerSchema, header)
      const id = recordId(valid)
      write(() => {
        const row = { id, header: valid, status: 'running' as const, reason: null }
        const created = db
          .insert(units)
          .values({ ...row, ...placeOf(valid), question: questionId(valid), turn: 0 })
          .onConflictDoNothing()
          .run()
        if (created.changes > 0) takeOver(db, path, { id, number: unitOf(id).number, header: valid })
        const open = and(eq(units.id, id), ne(units.status, 'ok'))
        db.update(units).set(row).where(open).run()
        db.update(units).set({ turn: nextTurn }).where(eq(units.id, id)).run()
      })
      const { number } = unitOf(id)
      const unit = findUnit(id)
      const stored = statements.positions.all({ unit: number }).map(row => storedImage(row, path))
      return {
        id,
        status: unit?.status ?? 'running',
        reason: unit?.reason ?? null,
        header: unit?.header ?? valid,
        timed: unit?.timing != null,
        done: new Set(stored.flatMap(({ position, lacking }) => (lacking === null ? [position] : []))),
        lacking: new Map(stored.flatMap(({ position, lacking }) => (lacking === null ? [] : [[position, lacking]]))),
      }
    }),

    saveImages: on(rows => write(() => rows.forEach(saveImage))),

    saveTiming: on((id, timing) => {
      unitOf(id)
      const valid = check(timingSchema, timing)
      db.update(units).set({ timing: valid }).where(eq(units.id, id)).run()
    }),

    saveAgreement: on((id, agreement) => {
      unitOf(id)
      const valid = agreement.map(one => check(agreementSchema, one))
      db.update(units).set({ agreement: valid }).where(eq(units.id, id)).run()
    }),

    finish: on(id => {
      const unit = unitOf(id)
      write(() => {
        const found = statements.finished.get({ unit: unit.number })?.count ?? 0
        if (found !== unit.images) {
          const expected = `${unit.images} of ${id}`
          throw new RecordError({ file: path, field: 'images', expected, found: String(found) })
        }
        db.update(units).set({ status: 'ok', reason: null }).where(eq(units.id, id)).run()
      })
    }),

    fail: on((id, reason) => settle(id, 'failed', reason)),
    unsupported: on((id, reason) => settle(id, 'unsupported', reason)),

    images: on(id => collect(unitOf(id).number, true)),
    maps: on((id, name) => {
      const rows = statements.maps.all({ unit: unitOf(id).number, name })
      return new Map(rows.map(({ position, values }) => [position, floatsOf(values, path)]))
    }),

    agreement: on(id => findUnit(id)?.agreement ?? []),

    record: on(id =>
      db.transaction(() => {
        const row = findUnit(id)
        if (!row || row.status === 'running') return undefined
        const { status, reason, timing } = row
        const { environment, ...identity } = row.header
        const kept = { status, reason, ...identity, timing, environment }
        const record = {
          format: FORMAT,
          id,
          previously: row.previously ?? [],
          ...kept,
          ...collect(row.number),
        } as const
        return storedRecord(record, path)
      }),
    ),

    *records(filter) {
      for (const { id } of store.units(filter)) {
        const record = store.record(id)
        if (record) yield record
      }
    },

    units: on((filter = {}) =>
      db
        .select()
        .from(units)
        .where(matching(filter))
        .orderBy(desc(units.turn))
        .all()
        .map(row => {
          const { id, status, reason, header, timing } = storedUnit(row, path)
          return { id, status, reason, header, timed: timing !== null }
        }),
    ),

    put: on(records =>
      write(() => {
        let stored = 0
        for (const record of records) {
          putRecord(checkRecord(record))
          stored++
        }
        return stored
      }),
    ),

    close: () => void db.$client.close(),
    [Symbol.dispose]: () => store.close(),
  }

  function putRecord(record: BenchRecord): void {
    const { format: _, id, status, reason, previously, timing, images: found, columns, ...header } = record
    const row = { status, reason, header, timing, previously, agreement: null, turn: nextTurn }
    db.insert(units)
      .values({ id, question: questionId(header), ...placeOf(header), ...row })
      .onConflictDoUpdate({ target: units.id, set: row })
      .run()
    const { number } = unitOf(id)
    db.delete(images).where(eq(images.unit, number)).run()
    for (let i = 0; i < found.index.length; i++) {
      const cells = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i] ?? null]))
      const { label, predicted, probability } = found
      const image = { image: found.id[i], label: label[i], predicted: predicted[i], probability: probability[i] }
      statements.save.run({ unit: number, position: found.index[i], ...image, cells })
    }
  }

  return store
}
