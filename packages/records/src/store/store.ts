import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import { check, checkRecord } from '../record/check.ts'
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
import { type Database, openDatabase } from './database.ts'
import { type ImageRow, rowColumns, rowFault } from './rows.ts'
import { type Predecessor, staleGroups } from './stale.ts'
import { images, maps, units } from './tables.ts'

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
  /** The images that a unit has so far. */
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
 * Opens the store in the SQLite file at `path`, which is created where it is missing.
 *
 * @throws {RecordError} for a file that is no store, or that holds records of the first format
 *
 * @example
 * using store = openStore('out/records.sqlite')
 * const { id, done } = store.begin(header)
 * for (const batch of batches) store.saveImages(rowsOf(id, batch.filter(image => !done.has(image.index))))
 * store.finish(id)
 */
export function openStore(path: string): Store {
  const db = openDatabase(path)
  const old = db.select({ id: units.id }).from(units).where(isNull(units.question)).limit(1).all()
  if (old.length > 0) {
    db.$client.close()
    const found = 'records of the first format; `vitrine migrate FILE` carries them over without measuring'
    throw new RecordError({ file: path, field: 'format', expected: FORMAT, found })
  }
  return storeIn(db, path)
}

function storeIn(db: Database, path: string): Store {
  const statements = prepare(db)
  const known = new Map<string, { number: number; images: number }>()

  function unitOf(id: string): { number: number; images: number } {
    const cached = known.get(id)
    if (cached) return cached
    const row = statements.unit.get({ id })
    if (!row) throw new RecordError({ file: path, field: 'id', expected: 'a unit that was begun', found: id })
    const unit = { number: row.number, images: row.header.dataset.images }
    known.set(id, unit)
    return unit
  }

  function write(work: () => void): void {
    db.transaction(work, { behavior: 'immediate' })
  }

  function settle(id: string, status: 'failed' | 'unsupported', reason: string): void {
    unitOf(id)
    const open = and(eq(units.id, id), ne(units.status, 'ok'))
    db.update(units)
      .set({ status, reason: reason || 'no reason was given' })
      .where(open)
      .run()
  }

  function collect(number: number): ImageColumns {
    const columns = rowColumns()
    for (let after = -1, more = true; more; ) {
      const page = statements.page.all({ unit: number, after, limit: PAGE })
      for (const row of page) columns.add(row)
      after = page.at(-1)?.position ?? after
      more = page.length === PAGE
    }
    return columns.done()
  }

  /** Copies what an earlier version has of a new unit, without the columns of stale groups. */
  function takeOver(from: Predecessor, number: number, stale: readonly string[]): void {
    const dropped = (name: string) => stale.some(group => name.startsWith(`${group}.`))
    for (const row of db.select().from(images).where(eq(images.unit, from.number)).all()) {
      const cells = Object.fromEntries(Object.entries(row.cells).filter(([name]) => !dropped(name)))
      const lacking = 'unreadable' in cells ? null : [...new Set([...stale, ...(row.lacking ?? [])])]
      db.insert(images)
        .values({ ...row, unit: number, cells, lacking })
        .run()
    }
    for (const row of db.select().from(maps).where(eq(maps.unit, from.number)).all())
      db.insert(maps)
        .values({ ...row, unit: number })
        .run()
    const previously = [from.id, ...(from.previously ?? [])]
    db.update(units).set({ timing: from.timing, previously }).where(eq(units.number, number)).run()
  }

  const store: Store = {
    begin(header) {
      const valid = check(headerSchema, header)
      const [id, question] = [recordId(valid), questionId(valid)]
      write(() => {
        const row = { id, header: valid, status: 'running' as const, reason: null }
        const created = db
          .insert(units)
          .values({ ...row, ...placeOf(valid), question, turn: 0 })
          .onConflictDoNothing()
          .run()
        if (created.changes > 0) {
          const before = db.select().from(units).where(eq(units.question, question)).orderBy(desc(units.turn)).all()
          const found = before.flatMap(unit => {
            const stale = unit.id === id ? undefined : staleGroups(unit.header, valid)
            return stale ? [{ unit, stale }] : []
          })[0]
          if (found) takeOver(found.unit, unitOf(id).number, found.stale)
        }
        const open = and(eq(units.id, id), ne(units.status, 'ok'))
        db.update(units).set(row).where(open).run()
        db.update(units).set({ turn: nextTurn }).where(eq(units.id, id)).run()
      })
      const { number } = unitOf(id)
      const unit = statements.unit.get({ id })
      const stored = statements.positions.all({ unit: number })
      return {
        id,
        status: unit?.status ?? 'running',
        reason: unit?.reason ?? null,
        header: unit?.header ?? valid,
        timed: unit?.timing != null,
        done: new Set(stored.flatMap(({ position, lacking }) => (lacking === null ? [position] : []))),
        lacking: new Map(stored.flatMap(({ position, lacking }) => (lacking === null ? [] : [[position, lacking]]))),
      }
    },

    saveImages(rows) {
      write(() => {
        for (const row of rows) {
          const unit = unitOf(row.unit)
          const fault = rowFault(row, unit.images)
          if (fault) throw new RecordError(fault)
          const { index, id, label, predicted, probability, values, maps: own = {} } = row
          const stored = { unit: unit.number, position: index, image: id, label, predicted, probability, cells: values }
          statements.save.run(stored)
          const incomplete = statements.incomplete.get({ unit: unit.number, position: index })
          if (incomplete) {
            const cells = { ...values, ...incomplete.cells }
            db.update(images)
              .set({ cells, lacking: null })
              .where(and(eq(images.unit, unit.number), eq(images.position, index)))
              .run()
          }
          for (const [name, map] of Object.entries(own))
            statements.saveMap.run({ unit: unit.number, position: index, name, values: bytesOf(map) })
        }
      })
    },

    saveTiming(id, timing) {
      unitOf(id)
      const valid = check(timingSchema, timing)
      db.update(units).set({ timing: valid }).where(eq(units.id, id)).run()
    },

    saveAgreement(id, agreement) {
      unitOf(id)
      const valid = agreement.map(one => check(agreementSchema, one))
      db.update(units).set({ agreement: valid }).where(eq(units.id, id)).run()
    },

    finish(id) {
      const unit = unitOf(id)
      write(() => {
        const found = statements.finished.get({ unit: unit.number })?.count ?? 0
        if (found !== unit.images) {
          throw new RecordError({
            file: path,
            field: 'images',
            expected: `${unit.images} of ${id}`,
            found: String(found),
          })
        }
        db.update(units).set({ status: 'ok', reason: null }).where(eq(units.id, id)).run()
      })
    },

    fail: (id, reason) => settle(id, 'failed', reason),
    unsupported: (id, reason) => settle(id, 'unsupported', reason),
    images: id => collect(unitOf(id).number),
    maps: (id, name) =>
      new Map(
        statements.maps
          .all({ unit: unitOf(id).number, name })
          .map(({ position, values }) => [position, floatsOf(values)]),
      ),
    agreement: id => statements.unit.get({ id })?.agreement ?? [],

    record(id) {
      return db.transaction(() => {
        const row = statements.unit.get({ id })
        if (!row || row.status === 'running') return undefined
        const { environment, ...identity } = row.header
        return {
          format: FORMAT,
          id,
          previously: row.previously ?? [],
          status: row.status,
          reason: row.reason,
          ...identity,
          timing: row.timing,
          environment,
          ...collect(row.number),
        }
      })
    },

    *records(filter) {
      for (const { id } of store.units(filter)) {
        const record = store.record(id)
        if (record) yield record
      }
    },

    units(filter = {}) {
      const { id, status, reason, header, timing } = units
      const timed = sql<boolean>`${timing} IS NOT NULL`.mapWith(Boolean)
      return db
        .select({ id, status, reason, header, timed })
        .from(units)
        .where(matching(filter))
        .orderBy(desc(units.turn))
        .all()
    },

    put(records) {
      let stored = 0
      write(() => {
        for (const record of records) {
          replace(db, checkRecord(record))
          const { number } = unitOf(record.id)
          db.delete(images).where(eq(images.unit, number)).run()
          const { index, id, label, predicted, probability } = record.images
          const columns = Object.entries(record.columns)
          for (let i = 0; i < index.length; i++) {
            const cells = Object.fromEntries(columns.map(([name, values]) => [name, values[i] ?? null]))
            const row = { image: id[i], label: label[i], predicted: predicted[i], probability: probability[i] }
            statements.save.run({ unit: number, position: index[i], ...row, cells })
          }
          stored++
        }
      })
      return stored
    },

    close: () => void db.$client.close(),
    [Symbol.dispose]: () => store.close(),
  }
  return store
}

const nextTurn = sql`(SELECT coalesce(max(${units.turn}), 0) + 1 FROM ${units})`

function placeOf({ model, dataset, method, backend, protocol }: RecordHeader) {
  return {
    model: model.id,
    dataset: dataset.id,
    method: method.id,
    backend: backend.id,
    engine: backend.engine,
    protocol: protocol.id,
  }
}

function replace(db: Database, record: BenchRecord): void {
  const { format: _, id, status, reason, previously, timing, images: __, columns: ___, ...header } = record
  const row = { status, reason, header, timing, previously, turn: nextTurn }
  db.insert(units)
    .values({ id, question: questionId(header), ...placeOf(header), ...row })
    .onConflictDoUpdate({ target: units.id, set: row })
    .run()
}

function matching(filter: RecordFilter) {
  const conditions = Object.entries(filter).map(([name, allowed]) => {
    const column = units[name as keyof RecordFilter]
    return allowed === undefined ? undefined : inArray(column, [allowed].flat())
  })
  return and(...conditions)
}

function prepare(db: Database) {
  const hole = sql.placeholder
  const ofUnit = eq(images.unit, hole('unit'))
  const row = { unit: hole('unit'), position: hole('position'), image: hole('image'), label: hole('label') }
  return {
    unit: db
      .select()
      .from(units)
      .where(eq(units.id, hole('id')))
      .prepare(),
    positions: db.select({ position: images.position, lacking: images.lacking }).from(images).where(ofUnit).prepare(),
    finished: db
      .select({ count: count() })
      .from(images)
      .where(and(ofUnit, isNull(images.lacking)))
      .prepare(),
    incomplete: db
      .select({ cells: images.cells })
      .from(images)
      .where(and(ofUnit, eq(images.position, hole('position')), isNotNull(images.lacking)))
      .prepare(),
    page: db
      .select()
      .from(images)
      .where(and(ofUnit, gt(images.position, hole('after'))))
      .orderBy(asc(images.position))
      .limit(hole('limit'))
      .prepare(),
    save: db
      .insert(images)
      .values({ ...row, predicted: hole('predicted'), probability: hole('probability'), cells: hole('cells') })
      .onConflictDoNothing()
      .prepare(),
    saveMap: db
      .insert(maps)
      .values({ unit: hole('unit'), position: hole('position'), name: hole('name'), values: hole('values') })
      .onConflictDoNothing()
      .prepare(),
    maps: db
      .select({ position: maps.position, values: maps.values })
      .from(maps)
      .where(and(eq(maps.unit, hole('unit')), eq(maps.name, hole('name'))))
      .prepare(),
  }
}

/** Little-endian, whatever the machine. */
function bytesOf(map: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * map.length)
  for (const [i, value] of map.entries()) bytes.writeFloatLE(value, 4 * i)
  return bytes
}

const floatsOf = (bytes: Buffer): Float32Array =>
  Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
