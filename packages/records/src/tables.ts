import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { JsonObject } from './json.ts'
import type { Agreement, RecordHeader, Results, Standing, Timing } from './schema.ts'

/** One row per record, finished or not. */
export const units = sqliteTable(
  'units',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    /** Grows each time the unit is asked for; among records of one file the highest is published. */
    turn: integer().notNull(),
    model: text().notNull(),
    dataset: text().notNull(),
    method: text().notNull(),
    backend: text().notNull(),
    engine: text().notNull(),
    protocol: text().notNull(),
    status: text({ enum: ['running', 'ok', 'unsupported', 'failed'] }).notNull(),
    reason: text(),
    header: text({ mode: 'json' }).$type<RecordHeader>().notNull(),
    results: text({ mode: 'json' }).$type<Results>(),
    timing: text({ mode: 'json' }).$type<Timing>(),
    agreement: text({ mode: 'json' }).$type<Agreement[]>(),
    standing: text({ mode: 'json' }).$type<Standing>(),
  },
  table => [index('units_turn').on(table.turn)],
)

/** One row per finished image of a unit. */
export const images = sqliteTable(
  'images',
  {
    unit: integer()
      .notNull()
      .references(() => units.number),
    position: integer().notNull(),
    image: text().notNull(),
    label: integer().notNull(),
    predicted: integer().notNull(),
    probability: real().notNull(),
    cells: text({ mode: 'json' }).$type<JsonObject>().notNull(),
  },
  table => [primaryKey({ columns: [table.unit, table.position] })],
)

/** Maps as they left the engine, float32 in little-endian order; they stay in the store and are not published. */
export const maps = sqliteTable(
  'maps',
  {
    unit: integer()
      .notNull()
      .references(() => units.number),
    position: integer().notNull(),
    /** `predicted`, `label`. */
    name: text().notNull(),
    values: blob({ mode: 'buffer' }).notNull(),
  },
  table => [primaryKey({ columns: [table.unit, table.position, table.name] })],
)
