import { and, asc, count, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { RecordHeader } from '../record/schema.ts'
import type { Database } from './database.ts'
import type { RecordFilter } from './store.ts'
import { images, maps, units } from './tables.ts'

/** The statements that run once per unit or image, prepared once per store. */
export function prepare(db: Database) {
  const hole = sql.placeholder
  const ofUnit = eq(images.unit, hole('unit'))
  const finished = and(ofUnit, isNull(images.lacking))
  const ofImage = and(ofUnit, eq(images.position, hole('position')))
  const row = { unit: hole('unit'), position: hole('position'), image: hole('image'), label: hole('label') }
  return {
    unit: db
      .select()
      .from(units)
      .where(eq(units.id, hole('id')))
      .prepare(),
    positions: db.select({ position: images.position, lacking: images.lacking }).from(images).where(ofUnit).prepare(),
    finished: db.select({ count: count() }).from(images).where(finished).prepare(),
    image: db.select().from(images).where(ofImage).prepare(),
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
      .select({ position: maps.position, values: sql<unknown>`${maps.values}` })
      .from(maps)
      .where(and(eq(maps.unit, hole('unit')), eq(maps.name, hole('name'))))
      .prepare(),
  }
}

export const nextTurn = sql`(SELECT coalesce(max(${units.turn}), 0) + 1 FROM ${units})`

/** The columns of a unit that filters and the names of files go by. */
export function placeOf({ model, dataset, method, backend, protocol }: RecordHeader) {
  return {
    model: model.id,
    dataset: dataset.id,
    method: method.id,
    backend: backend.id,
    engine: backend.engine,
    protocol: protocol.id,
  }
}

/** The condition of a filter on the table of units. */
export function matching(filter: RecordFilter) {
  const conditions = Object.entries(filter).map(([name, allowed]) => {
    const column = units[name as keyof RecordFilter]
    return allowed === undefined ? undefined : inArray(column, [allowed].flat())
  })
  return and(...conditions)
}
