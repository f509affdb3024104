import { and, asc, count, desc, eq, gt, inArray, ne, sql } from 'drizzle-orm'
import { check, checkRecord } from './check.ts'
import { type Database, openDatabase } from './database.ts'
import { RecordError } from './errors.ts'
import { recordId } from './hash.ts'
import { type ImageRow, rowColumns, rowFault } from './rows.ts'
import {
  type Agreement,
  agreementSchema,
  type BenchRecord,
  FORMAT,
  headerSchema,
  type ImageColumns,
  type RecordHeader,
  type RecordStatus,
  type Results,
  resultsSchema,
  type Standing,
  standingSchema,
  type Timing,
  timingSchema,
} from './schema.ts'
import { images, maps, units } from './tables.ts'

/** One piece of work: a record that is finished or on its way. */
export interface Unit {
  id: string
  status: 'running' | RecordStatus
  reason: string | null
  header: RecordHeader
  /** Whether it has timing samples. */
  timed: boolean
  /** The group in which it has a standing; `null` without one. */
  group: string | null
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
   * Creates the unit of `header`, or finds it, and says which image positions are stored already. An `ok` unit stays as
   * it is. A `failed` or `unsupported` one is opened for another try and keeps its images.
   */
  begin(header: RecordHeader): Unit & { done: ReadonlySet<number> }
  /** Stores finished images of any number of units, all or none. A position that is stored already keeps its values. */
  saveImages(rows: readonly ImageRow[]): void
  /** Stores timing samples; also for a unit that is finished. */
  saveTiming(id: string, timing: Timing): void
  /** Stores how far the unit is from those of other engines; also for a unit that is finished. */
  saveAgreement(id: string, agreement: readonly Agreement[]): void
  /** Stores where the unit stands in its group, in place of what was known. */
  saveStanding(id: string, standing: Standing): void
  /** Makes the unit `ok`. Images that are missing are a `RecordError`. */
  finish(id: string, results: Results): void
  /** Makes the unit `failed`, unless another process has made it `ok`. */
  fail(id: string, reason: string): void
  /** Makes the unit `unsupported`, unless another process has made it `ok`. */
  unsupported(id: string, reason: string): void
  /** The images that a unit has so far: what `finish` wants to be summed up. */
  images(id: string): ImageColumns
  /** The maps of a name that a unit has, as they left the engine, by the position of their image. */
  maps(id: string, name: string): ReadonlyMap<number, Float32Array>
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
 * @example
 * using store = openStore('out/records.sqlite')
 * const { id, done } = store.begin(header)
 * for (const batch of batches) store.saveImages(rowsOf(id, batch.filter(image => !done.has(image.index))))
 * store.finish(id, { summary: summarise(store.images(id)), intervals: {}, counts: {}, cost: {} })
 */
export function openStore(path: string): Store {
  const db = openDatabase(path)
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

  const store: Store = {
    begin(header) {
      const valid = check(headerSchema, header)
      const id = recordId(valid)
      write(() => {
        const row = { id, header: valid, status: 'running' as const, reason: null }
        db.insert(units)
          .values({ ...row, ...placeOf(valid), turn: 0 })
          .onConflictDoNothing()
          .run()
        const open = and(eq(units.id, id), ne(units.status, 'ok'))
        db.update(units).set(row).where(open).run()
        db.update(units).set({ turn: nextTurn }).where(eq(units.id, id)).run()
      })
      const { number } = unitOf(id)
      const unit = statements.unit.get({ id })
      const done = new Set(statements.positions.all({ unit: number }).map(row => row.position))
      return {
        id,
        status: unit?.status ?? 'running',
        reason: unit?.reason ?? null,
        header: unit?.header ?? valid,
        timed: unit?.timing != null,
        group: unit?.standing?.group ?? null,
        done,
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

    saveStanding(id, standing) {
      unitOf(id)
      const valid = check(standingSchema, standing)
      db.update(units).set({ standing: valid }).where(eq(units.id, id)).run()
    },

    finish(id, results) {
      const unit = unitOf(id)
      const valid = check(resultsSchema, results)
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
        db.update(units).set({ status: 'ok', reason: null, results: valid }).where(eq(units.id, id)).run()
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

    record(id) {
      return db.transaction(() => {
        const row = statements.unit.get({ id })
        if (!row || row.status === 'running') return undefined
        const { environment, ...identity } = row.header
        return {
          format: FORMAT,
          id,
          status: row.status,
          reason: row.reason,
          ...identity,
          ...(row.results ?? { summary: {}, intervals: {}, counts: {}, cost: {} }),
          timing: row.timing,
          agreement: row.agreement ?? [],
          standing: row.standing,
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
      const { id, status, reason, header, timing, standing } = units
      const timed = sql<boolean>`${timing} IS NOT NULL`.mapWith(Boolean)
      const group = sql<string | null>`${standing} ->> 'group'`
      return db
        .select({ id, status, reason, header, timed, group })
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
  const { format: _, id, status, reason, timing, agreement, standing, images: __, columns: ___, ...rest } = record
  const { summary, intervals, counts, cost, ...header } = rest
  const results = { summary, intervals, counts, cost }
  const row = { status, reason, header, results, timing, agreement, standing, turn: nextTurn }
  db.insert(units)
    .values({ id, ...placeOf(header), ...row })
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
    positions: db.select({ position: images.position }).from(images).where(ofUnit).prepare(),
    finished: db.select({ count: count() }).from(images).where(ofUnit).prepare(),
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
